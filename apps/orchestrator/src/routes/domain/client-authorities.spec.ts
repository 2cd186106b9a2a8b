import "reflect-metadata";
import { beforeAll, expect, it } from "vitest";
import type { Issued } from "../../certificates/domain/issued.ts";
import { issueAuthority, issueLeaf } from "../../certificates/x509/issue.ts";
import { readAuthorities } from "./client-authorities.ts";

const NOW = new Date("2026-06-01T12:00:00Z");
let staff: Issued;
let partners: Issued;
let leaf: Issued;
beforeAll(async () => {
  staff = await issueAuthority("staff.test", NOW);
  partners = await issueAuthority("partners.test", NOW);
  leaf = await issueLeaf(staff, ["robot.staff.test"], NOW);
});

const read = (text: string, now = NOW) => readAuthorities(text, now);

it("takes one authority or more, and keeps their certificates alone", () => {
  expect(read(staff.chain)).toBe(staff.chain);
  const around = `Bag Attributes\n${staff.chain}\r\nissuer=\n${partners.chain}`;
  expect(read(around)).toBe(staff.chain + partners.chain);
  // What is no block to us may be one to another reader, who would fail by it.
  const hidden = `x -----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----\n${staff.chain}`;
  expect(read(hidden)).toBe(staff.chain);
});

const damaged = (pem: string): string => pem.replace(/\n[^\n]{20}/, "\nAAAAAAAAAAAAAAAAAAAA");

it.each([
  ["what is no PEM", () => "hello", /no certificate in PEM.*openssl x509 -inform der/],
  ["a key alone", () => staff.key, /private key among the client authorities/],
  ["a key beside", () => staff.chain + staff.key, /give their certificates only/],
  ["a damaged one", () => staff.chain + damaged(partners.chain), /certificate 2 .* cannot be read/],
  ["a client's own", () => leaf.chain, /^CN=robot\.staff\.test is not an authority's certificate;/],
  ["one beside others", () => staff.chain + leaf.chain, /is not an authority's/],
])("refuses %s, with the fact and what to do", (_, text, why) => {
  expect(() => read(text())).toThrow(why);
});

it("refuses one that has ended, or has not begun", () => {
  expect(() => read(staff.chain, new Date("2046-01-01T00:00:00Z"))).toThrow(
    /authority for staff\.test expired at 20.*give one that is valid now/,
  );
  expect(() => read(staff.chain, new Date("2026-01-01T00:00:00Z"))).toThrow(
    /is valid from 2026-06/,
  );
});
