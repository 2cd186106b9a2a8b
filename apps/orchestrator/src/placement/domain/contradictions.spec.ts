import { PlacementSettings } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { contradictionOf } from "./contradictions.ts";

type Said = Record<string, unknown>;
const affinity =
  (kind: "with" | "apart") =>
  (app: string, change: Said = {}) => ({
    kind,
    app,
    ...change,
  });
const [near, apart] = [affinity("with"), affinity("apart")];

const saidOf = (apps: Record<string, Said | readonly Said[]>) =>
  new Map(
    Object.entries(apps).map(([app, said]) => [
      app,
      PlacementSettings.parse(Array.isArray(said) ? { affinities: said } : said),
    ]),
  );

describe("what no node could ever meet", () => {
  it.each<[string, Record<string, Said | readonly Said[]>, RegExp]>([
    [
      "to be with and apart from the same",
      { shop: [near("cache"), apart("cache")] },
      /^shop has to be with cache, and shop is kept apart from cache$/,
    ],
    [
      "to be with what keeps apart from it",
      { shop: [near("cache")], cache: [apart("shop")] },
      /^shop has to be with cache, and cache is kept apart from shop$/,
    ],
    ["to be with itself", { shop: [near("shop")] }, /^shop cannot be with shop, which is itself/],
    [
      "to be apart from a process of its own",
      { shop: [apart("shop", { process: "worker" })] },
      /^shop cannot be apart shop\/worker, which is itself.*--spread host=1/,
    ],
    [
      "to be with each other: none could be the first",
      { shop: [near("cache")], cache: [near("batch")], batch: [near("shop")] },
      /^shop has to be with cache, and cache has to be with batch, and batch has to be with shop: /,
    ],
    [
      "to be with two that are kept apart",
      { shop: [near("cache"), near("batch", { process: "worker" })], batch: [apart("cache")] },
      /^shop has to be with batch\/worker, and shop has to be with cache, and batch\/worker is kept apart from cache$/,
    ],
    [
      "to be apart from what the one that it is with has to be with",
      { shop: [near("cache"), apart("store")], cache: [near("store")] },
      /cache has to be with store, and shop is kept apart from store$/,
    ],
    [
      "to be with what needs another value of a label",
      {
        shop: { affinities: [near("cache")], labels: { tier: "gold" } },
        cache: { labels: { tier: "silver" } },
      },
      /^shop has to be with cache, and shop needs a node with tier=gold, cache one with tier=silver$/,
    ],
  ])("is %s", (_, apps, words) => {
    expect(contradictionOf("shop", saidOf(apps))).toMatch(words);
  });
});

describe("what some node could meet", () => {
  it.each<[string, Record<string, Said | readonly Said[]>]>([
    ["wishes, however they contradict", { shop: [near("cache", { hard: false }), apart("cache")] }],
    [
      "to be apart from two that are kept apart",
      { shop: [apart("cache"), apart("batch")], cache: [apart("batch")] },
    ],
    [
      "to be with one process and apart from another of an app",
      { shop: [near("batch"), apart("batch", { process: "worker" })] },
    ],
    [
      "to be with what waits for others in a circle that it is no part of",
      { shop: [near("a")], a: [near("b")], b: [near("a")] },
    ],
    [
      "the same label, and others",
      {
        shop: { affinities: [near("cache")], labels: { tier: "gold", disk: "fast" } },
        cache: { labels: { tier: "gold", zone: "a" } },
      },
    ],
    ["an app of which nothing is said", { shop: [near("cache")] }],
  ])("is %s", (_, apps) => {
    expect(contradictionOf("shop", saidOf(apps))).toBeUndefined();
  });
});
