import { z } from "zod";
import { AppName, Digest, EnvironmentName, Id, Timestamp } from "../identifiers.ts";
import { BuildPlan } from "./releases.ts";

const Strategy = z.strictObject({
  /** Share of requests that the new release gets, step by step, in per cent; the last is 100. */
  steps: z.array(z.number().int().min(1).max(100)).min(1).max(20).default([100]),
  /** Seconds between two steps. */
  stepSeconds: z.number().min(0).max(86_400).default(0),
  /** Longest time that the old release may finish its requests in. */
  drainSeconds: z.number().min(0).max(3600).default(30),
});

/** Exactly one of source, artefact and release. */
export const CreateDeployment = z
  .strictObject({
    /** Build this source, then deploy it. */
    source: Digest.optional(),
    /** The source is built already: deploy it as it is. */
    prebuilt: z.boolean().default(false),
    /** Deploy an earlier release again: a rollback, with no build. */
    release: Id.optional(),
    /** Build twice and compare the artefacts. */
    verifyReproducible: z.boolean().default(false),
    description: z.string().max(500).optional(),
    strategy: Strategy.default({ steps: [100], stepSeconds: 0, drainSeconds: 30 }),
  })
  .refine((body) => (body.source === undefined) !== (body.release === undefined), {
    error: "give either `source` or `release`",
  });
export type CreateDeployment = z.infer<typeof CreateDeployment>;

/** In order; the last three end it. */
export const DEPLOYMENT_PHASES = [
  "building",
  "starting",
  "switching",
  "draining",
  "succeeded",
  "failed",
  "cancelled",
] as const;
export const DeploymentPhase = z.enum(DEPLOYMENT_PHASES);
export type DeploymentPhase = z.infer<typeof DeploymentPhase>;

export const Deployment = z.object({
  id: Id,
  app: AppName,
  environment: EnvironmentName,
  kind: z.enum(["source", "prebuilt", "rollback", "configuration", "scale"]),
  phase: DeploymentPhase,
  release: Id.optional(),
  version: z.number().int().optional(),
  plan: BuildPlan.optional(),
  url: z.string().optional(),
  /** Milliseconds spent in each phase so far. */
  timingsMs: z.record(z.string(), z.number()),
  /** When it failed: the fact and the fix. */
  failure: z
    .object({ code: z.string(), message: z.string(), lastLogs: z.array(z.string()) })
    .optional(),
  description: z.string().optional(),
  createdBy: z.string(),
  createdAt: Timestamp,
  endedAt: Timestamp.optional(),
});
export type Deployment = z.infer<typeof Deployment>;

export const hasEnded = (phase: DeploymentPhase): boolean =>
  phase === "succeeded" || phase === "failed" || phase === "cancelled";

/** What the event stream of a deployment carries. */
export const DeploymentEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("deployment"), deployment: Deployment }),
  z.object({
    type: z.literal("log"),
    at: Timestamp,
    phase: z.enum(["build", "start"]),
    line: z.string(),
  }),
]);
export type DeploymentEvent = z.infer<typeof DeploymentEvent>;
