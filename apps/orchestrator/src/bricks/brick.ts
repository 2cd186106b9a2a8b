import type { HaResource, HaService, InstanceSpec } from "@bastide/contracts";
import type { Config } from "../config.ts";

/** What the description of a brick may use. */
export interface BrickContext {
  readonly config: Config;
}

/** A node as a description sees it. */
export interface BrickNode {
  readonly name: string;
  /** Where other machines reach it; undefined for the one on the control plane's own machine. */
  readonly address: string | undefined;
}

export interface PlacedContext extends BrickContext {
  readonly node: BrickNode;
}

/** What an instance cannot take over while it runs: a change means a new instance. */
export type BrickInstanceSpec = Pick<
  InstanceSpec,
  | "artefact"
  | "command"
  | "environmentVariables"
  | "listens"
  | "host"
  | "lowPorts"
  | "promises"
  | "limits"
  | "stopGraceMs"
>;

/** A token that an instance holds in a file, and for how long each one lasts. */
export interface BrickToken {
  readonly file: string;
  readonly ttlSeconds: number;
  readonly kind: "gateway";
}

/** Programs of the installation under a node's guard: what a lease protects dies with it. */
export interface BrickPrograms {
  readonly kind: "programs";
  resources(context: BrickContext): HaResource[];
  readonly stopWithinMs?: number;
}

/**
 * A sandboxed instance that a node's agent runs, as it runs tenants': what needs no lease (flex), and goes on when the
 * control plane is gone, which starts and stops it.
 */
export interface BrickInstance {
  readonly kind: "instance";
  readonly token: BrickToken;
  /** Whether it could run there at all, whatever else runs. */
  fits(context: PlacedContext): boolean;
  describe(context: PlacedContext): BrickInstanceSpec;
}

/**
 * A part of the platform that runs under libs/ha: on several nodes at once (flex), or on one at a time under a lease
 * (failover). One file describes one; where it may run is the control plane's to add.
 */
export interface Brick {
  readonly name: string;
  /** For people, in one line. */
  readonly summary: string;
  readonly topology: HaService["topology"];
  readonly runs: BrickPrograms | BrickInstance;
  /** Wanted from the platform's first start on; nothing else is started unasked. */
  readonly isWantedAtOnce?: true;
  /** The node that is wanted before all others. */
  first?(context: BrickContext): string;
  /** What operators should know who stop it. */
  readonly whenStopped?: string;
  readonly affinities?: HaService["affinities"];
  readonly monitor?: HaService["monitor"];
}

export type InstanceBrick = Brick & { readonly runs: BrickInstance };
export type ProgramBrick = Brick & { readonly runs: BrickPrograms };

export const isInstanceBrick = (brick: Brick): brick is InstanceBrick =>
  brick.runs.kind === "instance";

export const isProgramBrick = (brick: Brick): brick is ProgramBrick =>
  brick.runs.kind === "programs";

/** Three starts within half a minute, and then somebody else's turn. */
export const USUAL_MONITOR: HaService["monitor"] = {
  restarts: { count: 3, withinMs: 30_000 },
  action: "switch",
  blockForMs: 10_000,
};

/** A killed program is dead within this time, on a machine that is starved of CPU too. */
export const USUAL_STOP_WITHIN_MS = 400;

/** A brick of programs as the guards of its candidates get it. */
export const describedService = (
  brick: ProgramBrick,
  context: BrickContext,
  candidates: readonly string[],
): HaService => ({
  name: brick.name,
  topology: brick.topology,
  candidates: [...candidates],
  resources: brick.runs.resources(context),
  affinities: brick.affinities ?? [],
  monitor: brick.monitor ?? USUAL_MONITOR,
  stopWithinMs: brick.runs.stopWithinMs ?? USUAL_STOP_WITHIN_MS,
});
