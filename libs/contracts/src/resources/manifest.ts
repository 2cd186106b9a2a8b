import { z } from "zod";
import { AppName, ProcessName } from "../identifiers.ts";

/** Longest time that any build may take. */
export const MAX_BUILD_SECONDS = 7200;

const Seconds = z.number().positive().max(600);

/** How a process proves that it does its work: gates a deployment, then triggers repair (SlapOS calls it a promise). */
export const PromiseSpec = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("http"),
    /** Path asked for on the instance's port; any status below 500 keeps the promise unless `status` names one. */
    path: z.string().startsWith("/").max(500).default("/"),
    status: z.number().int().min(100).max(599).optional(),
    timeoutSeconds: Seconds.default(2),
    everySeconds: Seconds.default(5),
  }),
  z.strictObject({
    kind: z.literal("tcp"),
    timeoutSeconds: Seconds.default(1),
    everySeconds: Seconds.default(5),
  }),
  z.strictObject({
    kind: z.literal("command"),
    /** Run in the instance's sandbox; exit code 0 keeps the promise. */
    command: z.string().min(1).max(4000),
    timeoutSeconds: Seconds.default(10),
    everySeconds: Seconds.default(30),
  }),
]);
export type PromiseSpec = z.infer<typeof PromiseSpec>;

export const Limits = z.strictObject({
  memoryMb: z.number().int().min(16).max(1_048_576).default(512),
  /** Share of one core: 1.5 is one and a half cores. */
  cpus: z.number().min(0.05).max(256).default(1),
  /** Processes and threads together. */
  processes: z.number().int().min(4).max(32_768).default(256),
  openFiles: z.number().int().min(64).max(1_048_576).default(4096),
});
export type Limits = z.infer<typeof Limits>;

export const ProcessSpec = z.strictObject({
  /** Shell command, run in the app's directory. PORT and HOST are in its environment. */
  command: z.string().min(1).max(4000),
  instances: z.number().int().min(0).max(100).default(1),
  /** Whether it listens on PORT; `web` does unless this says otherwise, other processes do not. */
  listens: z.boolean().optional(),
  promises: z.array(PromiseSpec).max(10).optional(),
  limits: Limits.partial().optional(),
  /** Seconds from the stop signal to the kill. */
  stopGraceSeconds: z.number().min(0).max(600).default(10),
  /** Seconds within which the promises must be kept after a start, or a deployment fails. */
  startTimeoutSeconds: Seconds.default(60),
});
export type ProcessSpec = z.infer<typeof ProcessSpec>;

/** `bastide.yaml`: everything in it is optional; what it leaves out is detected. */
export const Manifest = z.strictObject({
  app: AppName.optional(),
  build: z
    .strictObject({
      /** Replaces the detected kind. */
      kind: z.enum(["node", "static", "procfile"]).optional(),
      install: z.string().min(1).max(4000).optional(),
      command: z.string().min(1).max(4000).optional(),
      /** For a static site: the directory to serve. */
      output: z.string().min(1).max(500).optional(),
      /** For a static site: answer unknown paths with /index.html. */
      singlePageApp: z.boolean().optional(),
      /** Of the whole build; 30 minutes unless this says otherwise. */
      timeoutSeconds: z.number().int().min(1).max(MAX_BUILD_SECONDS).optional(),
    })
    .optional(),
  processes: z.record(ProcessName, ProcessSpec).optional(),
  /** Plain configuration for every environment; secrets never go here. */
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/i), z.string().max(32_768)).optional(),
});
export type Manifest = z.infer<typeof Manifest>;
