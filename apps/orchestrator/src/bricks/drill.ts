import type { HaResource } from "@bastide/contracts";
import type { Brick, BrickContext } from "./brick.ts";

const PROGRAM = "apps/agent/dist/drill/main.js";

const resource = (port: number, { config }: BrickContext): HaResource => ({
  name: "program",
  after: [],
  program: PROGRAM,
  environmentVariables:
    config.drillWitness === undefined ? {} : { BASTIDE_WITNESS_URL: config.drillWitness },
  port,
  stopGraceMs: 5_000,
});

/** Shows that failover works on these very machines; of no other use, and never started unasked. */
export const drill: Brick = {
  name: "drill",
  summary: "a drill: answers on one node at a time, under a lease",
  topology: { kind: "failover" },
  runs: { kind: "programs", resources: (context) => [resource(7471, context)] },
};

/** The same for what runs on two nodes at once. */
export const drillPair: Brick = {
  name: "drill-pair",
  summary: "a drill: answers on two nodes at once",
  topology: { kind: "flex", min: 1, target: 2, max: 3 },
  runs: { kind: "programs", resources: (context) => [resource(7472, context)] },
};
