import { HaService, InstanceSpec } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import {
  type Brick,
  type BrickContext,
  describedService,
  isInstanceBrick,
  isProgramBrick,
  USUAL_MONITOR,
  USUAL_STOP_WITHIN_MS,
} from "./brick.ts";
import { BRICKS } from "./bricks.ts";
import { drill } from "./drill.ts";

const config = readConfig({
  BASTIDE_LISTEN: "127.0.0.1:7000",
  BASTIDE_DATABASE_HOST: "/run/postgresql",
  BASTIDE_KEYS_DIR: "/keys",
  BASTIDE_ROOT_KEYS_FILE: "/keys/root.json",
  BASTIDE_BLOBS_DIR: "/blobs",
  BASTIDE_BASE_DOMAIN: "example.org",
  BASTIDE_GATEWAY_PORT: "8080",
  BASTIDE_NODE: "n1",
});
const context: BrickContext = { config };

/** What libs/ha decides by, of either kind: an instance is one resource to it. */
const serviceOf = (brick: Brick): object => {
  if (isProgramBrick(brick)) return describedService(brick, context, ["n1"]);
  const { name, topology, affinities = [], monitor = USUAL_MONITOR } = brick;
  const resources = [
    {
      name,
      after: [],
      program: "apps/agent/dist/main.js",
      environmentVariables: {},
      port: 1,
      stopGraceMs: 0,
    },
  ];
  const candidates = ["n1"];
  const stopWithinMs = USUAL_STOP_WITHIN_MS;
  return { name, topology, candidates, resources, affinities, monitor, stopWithinMs };
};

/** Guards do not see what agents run as instances, nor does the control plane count guards' programs among those. */
const affinityProblems = (brick: Brick, bricks: readonly Brick[]): string[] =>
  (brick.affinities ?? []).flatMap(({ service }) => {
    const other = bricks.find(({ name }) => name === service);
    if (other === undefined) return [`${brick.name} names ${service}, and there is no such brick`];
    if (service === brick.name) return [`${brick.name} names itself`];
    return other.runs.kind === brick.runs.kind ? [] : [`${brick.name} cannot see ${service}`];
  });

describe("every brick", () => {
  it.each(BRICKS.map((brick) => [brick.name, brick] as const))(
    "%s has a description that guards take",
    (_, brick) => {
      expect(HaService.safeParse(serviceOf(brick)).error).toBeUndefined();
    },
  );

  it.each(BRICKS.filter(isInstanceBrick).map((brick) => [brick.name, brick] as const))(
    "%s has an instance that agents take, on this machine and on another",
    (_, brick) => {
      const { id: _id, ...shape } = InstanceSpec.shape;
      for (const address of [undefined, "192.0.2.2"]) {
        const spec = brick.runs.describe({ ...context, node: { name: "n2", address } });
        for (const [key, value] of Object.entries(spec))
          expect(shape[key as keyof typeof shape].safeParse(value).error).toBeUndefined();
      }
    },
  );

  it("has a name of its own", () => {
    const names = BRICKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("names in its affinities other bricks that there are and that it can see", () => {
    expect(BRICKS.flatMap((brick) => affinityProblems(brick, BRICKS))).toEqual([]);
  });
});

describe("a brick that is described wrongly", () => {
  it("is noticed", () => {
    const cyclic: Brick = {
      ...drill,
      runs: {
        kind: "programs",
        resources: (of) =>
          drill.runs.kind === "programs"
            ? drill.runs.resources(of).map((one) => ({ ...one, after: [one.name] }))
            : [],
      },
    };
    const beyond: Brick = { ...drill, topology: { kind: "flex", min: 1, target: 4, max: 3 } };
    for (const wrong of [cyclic, beyond])
      expect(HaService.safeParse(serviceOf(wrong)).success).toBe(false);
    const apart = (service: string): Brick => ({
      ...drill,
      affinities: [{ kind: "apart", service, isHard: true }],
    });
    for (const service of ["nothing", "gateway", "drill"])
      expect(affinityProblems(apart(service), BRICKS)).toHaveLength(1);
  });
});
