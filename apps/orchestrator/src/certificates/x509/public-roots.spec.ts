import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { beforeAll, expect, it } from "vitest";
import type { Issued } from "../domain/issued.ts";
import { issueAuthority, issueLeaf } from "./issue.ts";
import { leadsToPublicRoot } from "./public-roots.ts";

const NOW = new Date();

let authority: Issued;
let chain: string;
beforeAll(async () => {
  authority = await issueAuthority("shop.test", NOW);
  ({ chain } = await issueLeaf(authority, ["shop.test"], NOW));
});

const known = (): X509Certificate[] => [new X509Certificate(authority.chain)];

it("is so where the chain ends right below an authority that is known, or at it", () => {
  expect(leadsToPublicRoot(chain, known())).toBe(true);
  expect(leadsToPublicRoot(chain + authority.chain, known())).toBe(true);
  expect(rootCertificates.slice(0, 5).every((root) => leadsToPublicRoot(root))).toBe(true);
});

it("is not so of an authority that nobody knows, nor of one with a known one's name", async () => {
  expect(leadsToPublicRoot(chain)).toBe(false);
  expect(leadsToPublicRoot(authority.chain)).toBe(false);
  const namesake = await issueAuthority("shop.test", NOW);
  const forged = await issueLeaf(namesake, ["shop.test"], NOW);
  expect(leadsToPublicRoot(forged.chain, known())).toBe(false);
});
