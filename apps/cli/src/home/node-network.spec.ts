import { expect, it } from "vitest";
import { networkAt } from "./node-network.ts";

it("each node has a namespace, a link and an address of its own, with names that the kernel takes", () => {
  const { bridge, host, links } = networkAt(148, 8);
  const all = [bridge, host, ...links.flatMap(({ link, address }) => [link, address])];
  expect(new Set(all).size).toBe(all.length);
  for (const name of [bridge, ...links.map(({ link }) => link)])
    expect(name.length).toBeLessThanOrEqual(15);
});
