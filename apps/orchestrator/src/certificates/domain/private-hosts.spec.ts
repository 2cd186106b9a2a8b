import { expect, it } from "vitest";
import { privateLeaves } from "./private-hosts.ts";

const hosts = (baseDomain: string, ...routed: string[]) =>
  privateLeaves(baseDomain, `bastide.${baseDomain}`, routed).map((leaf) => leaf.hosts);

it("gives each host below a single label a certificate of its own, since no wildcard is taken there", () => {
  expect(hosts("localhost", "bastide.localhost", "shop.localhost", "shop.localhost")).toEqual([
    ["bastide.localhost"],
    ["shop.localhost"],
  ]);
});

it("serves all hosts below a longer domain by one wildcard, and deeper ones by their own", () => {
  const all = hosts("apps.example.org", "shop.apps.example.org", "a.b.apps.example.org");
  expect(all).toEqual([
    ["bastide.apps.example.org", "*.apps.example.org"],
    ["a.b.apps.example.org"],
  ]);
});

it("makes none for hosts outside the base domain, which the authority is not good for", () => {
  expect(hosts("localhost", "www.example.org", "evil-localhost")).toEqual([["bastide.localhost"]]);
});

it("names the platform's own certificate as the default one, and no other", () => {
  const leaves = privateLeaves("localhost", "bastide.localhost", ["shop.localhost"]);
  expect(leaves.map(({ isDefault }) => isDefault)).toEqual([true, false]);
});
