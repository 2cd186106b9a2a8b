import { z } from "zod";
import { NodeName, Timestamp } from "../identifiers.ts";
import { ObservedInstance } from "./instances.ts";

/** What a limit is held by; `none` is said, never hidden. */
const Mechanism = z.enum(["cgroup-v2", "cgroup-v1", "rlimit", "none"]);

/** What a node proves or says of itself. */
export const NodeFacts = z.object({
  hostname: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpus: z.number().int(),
  memoryBytes: z.number().int(),
  diskFreeBytes: z.number().int(),
  nodeVersion: z.string(),
  platformVersion: z.string(),
  drivers: z.array(z.string()),
  isolation: z.object({
    ownUid: z.boolean(),
    namespaces: z.array(z.string()),
    seccomp: z.boolean(),
    noNewPrivileges: z.boolean(),
    memoryLimit: Mechanism,
    cpuLimit: Mechanism,
    processLimit: Mechanism,
    /** What the machine does not give, and how to get it: one sentence each. */
    missing: z.array(z.string()).optional(),
  }),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** Sent when something changed and at least every ten seconds. */
export const NodeReport = z.strictObject({
  facts: NodeFacts,
  /** Where the orchestrator reaches the agent's API: `http://host:port`. */
  agentUrl: z.url(),
  /** Instances that changed since the last acknowledged report; with `complete`, all there are. */
  instances: z.array(ObservedInstance).max(10_000),
  complete: z.boolean(),
});
export type NodeReport = z.infer<typeof NodeReport>;

export const Node = z.object({
  name: NodeName,
  facts: NodeFacts.optional(),
  reachable: z.boolean(),
  lastSeenAt: Timestamp.optional(),
  instances: z.number().int(),
});
export type Node = z.infer<typeof Node>;
