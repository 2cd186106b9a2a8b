import { z } from "zod";
import { Digest, Id, OrganisationName, ProjectName } from "../identifiers.ts";
import { MAX_BUILD_SECONDS } from "./manifest.ts";
import { BuildResult } from "./releases.ts";

/** What the orchestrator asks of an agent directly: builds and logs. Authorised by a token with `control_plane(true)`. */
export const AgentBuildRequest = z.strictObject({
  build: Id,
  organisation: OrganisationName,
  project: ProjectName,
  app: z.string(),
  source: Digest,
  prebuilt: z.boolean(),
  /** Build twice and compare. */
  verifyReproducible: z.boolean(),
  /** Plain configuration that the build may see; never secrets. */
  environmentVariables: z.record(z.string(), z.string()),
  /** Unless the manifest says another. */
  timeoutSeconds: z.number().int().min(1).max(MAX_BUILD_SECONDS),
});
export type AgentBuildRequest = z.infer<typeof AgentBuildRequest>;

/** One line of the answer (newline-delimited JSON); the last is `result` or `failure`. */
export const AgentBuildEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("log"), at: z.iso.datetime(), line: z.string() }),
  z.object({ type: z.literal("plan"), summary: z.array(z.string()) }),
  z.object({
    type: z.literal("result"),
    result: BuildResult,
    reproducible: z.boolean().optional(),
  }),
  z.object({ type: z.literal("failure"), code: z.string(), message: z.string() }),
]);
export type AgentBuildEvent = z.infer<typeof AgentBuildEvent>;
