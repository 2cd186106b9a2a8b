import { describe, expect, it } from "vitest";
import { parseCommand } from "../command-line/parse.ts";
import { nodePlace } from "../commands/node.ts";
import { placementQuota, placementSet } from "../commands/placement.ts";
import { explanationText, placementLines, placeLines, quotaLines } from "./describe-placement.ts";
import {
  type PlacementOptions,
  placementOfOptions,
  placeOfOptions,
  type PlaceOptions,
  quotaOfOptions,
  type QuotaOptions,
} from "./settings-of-options.ts";

/** The options as the command line has them: the parser gives each the type that its declaration names. */
const placement = (...words: string[]): PlacementOptions =>
  parseCommand(placementSet, ["shop", ...words]).options as unknown as PlacementOptions;
const place = (...words: string[]): PlaceOptions =>
  parseCommand(nodePlace, ["n1", ...words]).options as unknown as PlaceOptions;
const quota = (...words: string[]): QuotaOptions =>
  parseCommand(placementQuota, ["main", ...words]).options as unknown as QuotaOptions;

describe("placement of options", () => {
  it("is what was asked, and what it doesn't name stays", () => {
    const before = placementOfOptions(
      placement("--policy", `check if country("FR");`, "--label=tier=gold", "--memory=256"),
      {},
    );
    const after = placementOfOptions(
      placement(
        "--label=disk=nvme",
        "--spread=region",
        "--spread=host=1",
        "--apart=batch/worker",
        "--prefer-with=cache",
        "--cpus=0.5",
      ),
      before,
    );
    expect(after).toEqual({
      policy: `check if country("FR");`,
      labels: { tier: "gold", disk: "nvme" },
      spread: [{ over: "region" }, { over: "host", most: 1 }],
      affinities: [
        { kind: "apart", app: "batch", process: "worker", hard: true },
        { kind: "with", app: "cache", process: "web", hard: false },
      ],
      reserve: { memoryMb: 256, cpus: 0.5 },
    });
    expect(placementLines(after)).toEqual([
      "policy:",
      `  check if country("FR");`,
      "label tier=gold",
      "label disk=nvme",
      "spread over region",
      "at most 1 in one host",
      "apart batch/worker",
      "rather with cache/web",
      "256 MiB for each instance",
      "0.5 cores for each instance",
    ]);
  });

  it.each([["--label=gold"], ["--spread=rack"], ["--spread=host=0"], ["--cpus=many"]])(
    "refuses %s",
    (word) => {
      expect(() => placementOfOptions(placement(word), {})).toThrow(/cannot be set|name=value/);
    },
  );
});

it("what is said of a node is put over what was said, unless that is to be forgotten", () => {
  const before = placeOfOptions(place("--country=FR", "--law=eu", "--label=tier=gold"), {});
  expect(placeLines(placeOfOptions(place("--law=eu", "--law=us-cloud-act"), before))).toEqual([
    "country FR",
    "operator law eu, us-cloud-act",
    "label tier=gold",
  ]);
  expect(placeOfOptions(place("--clear", "--region=west"), before)).toEqual({ region: ["west"] });
});

it("a quota is put over the one there was, or taken away", () => {
  const before = quotaOfOptions(quota("--instances=5"), {});
  expect(quotaLines(quotaOfOptions(quota("--memory=100", "--cpus=1.5"), before))).toEqual([
    "5 instances",
    "100 MiB reserved",
    "1.5 cores reserved",
  ]);
  expect(quotaLines(quotaOfOptions(quota("--unlimited"), before))).toEqual(["no limits"]);
});

it("an explanation says of each node why", () => {
  const node = { instances: 0, load: 0.256, next: false, refusals: [] };
  expect(
    explanationText({
      process: "web",
      wanted: 2,
      running: 1,
      refusals: [{ code: "quota-instances", fact: "main uses 1 of 1 instances" }],
      nodes: [
        { ...node, node: "a", instances: 1 },
        { ...node, node: "b", next: true },
        { ...node, node: "c", refusals: [{ code: "cordoned", fact: "it takes no new instances" }] },
      ],
    }),
  ).toBe(
    [
      "web: 1 of 2 instances run",
      "  no more: main uses 1 of 1 instances",
      "  NODE  INSTANCES  LOAD  ONE MORE",
      "  a     1          26 %  possible",
      "  b     0          26 %  here next",
      "  c     0          26 %  refused: it takes no new instances [cordoned]",
    ].join("\n"),
  );
});
