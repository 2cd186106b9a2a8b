import { z } from "zod";
import {
  Digest,
  EnvironmentName,
  Id,
  NodeName,
  OrganisationName,
  ProcessName,
  ProjectName,
  Timestamp,
} from "../identifiers.ts";
import { PromiseSpec } from "./manifest.ts";

/** What an instance runs: a tenant's artefact, or a brick that is part of the installation on the node. */
export const Artefact = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("blob"), digest: Digest }),
  z.object({ kind: z.literal("installed"), brick: z.enum(["gateway"]) }),
]);

/** Desired state of one instance, as an agent gets it. Every field but `state` and `files` is fixed for the instance's life. */
export const InstanceSpec = z.object({
  id: Id,
  organisation: OrganisationName,
  project: ProjectName,
  app: z.string(),
  environment: EnvironmentName,
  process: ProcessName,
  release: z.string(),
  artefact: Artefact,
  /** Argument array; a tenant's own shell command is `["/bin/sh", "-c", command]`, inside its sandbox. */
  command: z.array(z.string()).min(1),
  environmentVariables: z.record(z.string(), z.string()),
  /** Written into the instance's private directory /run/bastide before it starts, and again when they change. */
  files: z.record(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/), z.string()),
  /** Whether it gets a port (PORT in its environment); a number asks for that very one (bricks). */
  listens: z.union([z.boolean(), z.number().int().min(1).max(65_535)]),
  /** The address that it listens at, where that is not 127.0.0.1; heeded for bricks of the installation only. */
  host: z.union([z.ipv4(), z.ipv6()]).optional(),
  /** Lets it listen below port 1024 as well, where the node allows; heeded for bricks of the installation only. */
  lowPorts: z.boolean().optional(),
  promises: z.array(PromiseSpec),
  limits: z.object({
    memoryBytes: z.number().int(),
    /** Thousandths of one core. */
    cpuMillis: z.number().int(),
    /** While there is not enough CPU for all, beside 100 for each other instance. Default: 100. */
    cpuWeight: z.number().int().min(1).max(10_000).optional(),
    processes: z.number().int(),
    openFiles: z.number().int(),
  }),
  stopGraceMs: z.number().int(),
  /** Within which the promises must be kept after a start, or the agent starts it again; 60 000 where it is absent. */
  startTimeoutMs: z.number().int().positive().optional(),
  state: z.enum(["running", "stopped"]),
});
export type InstanceSpec = z.infer<typeof InstanceSpec>;

/**
 * preparing → starting → ready ⇄ unready; a crash leads to backing-off, then starting again;
 * failed: the storm limit was reached, it starts again only for a new specification;
 * stopping → stopped: as desired.
 */
export const INSTANCE_PHASES = [
  "preparing",
  "starting",
  "ready",
  "unready",
  "backing-off",
  "failed",
  "stopping",
  "stopped",
] as const;

/** Observed state of one instance, as its agent reports it. */
export const ObservedInstance = z.object({
  id: Id,
  phase: z.enum(INSTANCE_PHASES),
  /** Where the gateways reach it. */
  address: z.object({ host: z.string(), port: z.number().int() }).optional(),
  pid: z.number().int().optional(),
  startedAt: Timestamp.optional(),
  /** Crashes since it was first started. */
  restarts: z.number().int(),
  promises: z.array(z.object({ name: z.string(), kept: z.boolean(), message: z.string() })),
  lastExit: z
    .object({ code: z.number().int().optional(), signal: z.string().optional(), at: Timestamp })
    .optional(),
  /** The fact and the fix, when it is not ready. */
  message: z.string().optional(),
  /** Last log lines, with a crash or a failure. */
  lastLogs: z.array(z.string()).optional(),
  memoryBytes: z.number().int().optional(),
});
export type ObservedInstance = z.infer<typeof ObservedInstance>;

/** One instance as the API shows it. */
export const Instance = z.object({
  id: Id,
  app: z.string(),
  environment: EnvironmentName,
  process: ProcessName,
  release: z.string(),
  version: z.number().int().optional(),
  node: NodeName,
  /** Present when its node is silent: what is observed of it is old then. */
  nodeLiveness: z.enum(["suspected", "lost"]).optional(),
  desired: z.enum(["running", "stopped"]),
  observed: ObservedInstance.optional(),
  createdAt: Timestamp,
});
export type Instance = z.infer<typeof Instance>;

export const LogLine = z.object({
  at: Timestamp,
  instance: Id,
  process: ProcessName,
  stream: z.enum(["stdout", "stderr"]),
  line: z.string(),
});
export type LogLine = z.infer<typeof LogLine>;

export const LogsQuery = z.object({
  process: ProcessName.optional(),
  instance: Id.optional(),
  /** Lines from the past, per instance. */
  tail: z.coerce.number().int().min(0).max(10_000).default(100),
  follow: z.stringbool().default(false),
});
export type LogsQuery = z.infer<typeof LogsQuery>;
