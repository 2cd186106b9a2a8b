import { z } from "zod";
import { Digest, Id, Timestamp } from "../identifiers.ts";
import { ProcessSpec } from "./manifest.ts";

/** What an upload gave: the source's content address. */
export const Source = z.object({
  digest: Digest,
  sizeBytes: z.number().int(),
  files: z.number().int(),
});
export type Source = z.infer<typeof Source>;

/** What the builder found and what it will run, shown before it runs. */
export const BuildPlan = z.object({
  kind: z.enum(["node", "static", "procfile", "prebuilt"]),
  /** One line each, as a person reads them: "detected Node 24", "install: npm ci", … */
  summary: z.array(z.string()),
  install: z.string().optional(),
  build: z.string().optional(),
  output: z.string().optional(),
  singlePageApp: z.boolean().optional(),
  packageManager: z
    .object({ name: z.enum(["npm", "pnpm", "yarn"]), version: z.string() })
    .optional(),
  nodeVersion: z.string().optional(),
  /** The app is started by one of its development dependencies, so they stay installed. */
  keepsDevelopment: z.boolean().optional(),
  processes: z.record(z.string(), ProcessSpec),
  /** `env` of the manifest: plain configuration for every environment; the environment's own variables win. */
  environmentVariables: z.record(z.string(), z.string()).optional(),
});
export type BuildPlan = z.infer<typeof BuildPlan>;

/** Immutable: an artefact, the processes that run it and the configuration it runs with. */
export const Release = z.object({
  id: Id,
  /** Counts up per app and environment: v1, v2 … */
  version: z.number().int(),
  artefact: Digest,
  artefactSizeBytes: z.number().int(),
  configVersion: z.number().int(),
  processes: z.record(z.string(), ProcessSpec),
  /** False when a second build of the same source gave other bytes; absent when it was not tried. */
  reproducible: z.boolean().optional(),
  /** The commit or the sentence that the caller gave. */
  description: z.string().optional(),
  createdAt: Timestamp,
});
export type Release = z.infer<typeof Release>;

/** What the node that built hands back. */
export const BuildResult = z.object({
  artefact: Digest,
  artefactSizeBytes: z.number().int(),
  /** Digest of the CycloneDX 1.6 document, stored as a blob. */
  sbom: Digest,
  plan: BuildPlan,
  dependencyCache: z.enum(["hit", "miss", "unused"]),
  timingsMs: z.record(z.string(), z.number()),
});
export type BuildResult = z.infer<typeof BuildResult>;
