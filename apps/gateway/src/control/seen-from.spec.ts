import type { Upstream } from "@bastide/contracts";
import { expect, it } from "vitest";
import { route } from "../table/route.fixture.ts";
import { isRoute } from "./entry.ts";
import { seenFrom } from "./seen-from.ts";

const INSTANCE = "01990000-0000-7000-8000-000000000001";
const inside = { host: "127.0.0.1", port: 20_000 };
const onN2: Upstream = {
  instance: INSTANCE,
  host: "192.0.2.7",
  port: 7443,
  node: "n2",
  inside,
  weight: 100,
};

function seen(node: string, upstream: Upstream): readonly Upstream[] {
  const entry = { ...route("shop.localhost", []), upstreams: [upstream] };
  const found = seenFrom({ node, controlHost: "192.0.2.1" }, entry);
  return isRoute(found) ? found.upstreams : [];
}

it("an instance is reached by its own address from its node, and through its node's door from any other", () => {
  expect(seen("n2", onN2)).toEqual([{ instance: INSTANCE, ...inside, weight: 100 }]);
  const { inside: _, ...door } = onN2;
  expect(seen("n1", onN2)).toEqual([door]);
});

it("what was saved as it was seen is seen the same way again", () => {
  for (const node of ["n1", "n2"]) {
    const [once] = seen(node, onN2);
    expect(seen(node, once ?? onN2)).toEqual([once]);
  }
});

it("a door on every address of the control plane's machine is where that machine is reached", () => {
  expect(seen("n1", { ...onN2, host: "0.0.0.0" })[0]?.host).toBe("192.0.2.1");
});

it("leaves an upstream that has no node as it is", () => {
  const plain = { instance: INSTANCE, ...inside, weight: 1 };
  expect(seen("n1", plain)).toEqual([plain]);
});
