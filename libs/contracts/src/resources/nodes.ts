import { z } from "zod";
import { Id, NodeName, Timestamp } from "../identifiers.ts";
import { ObservedInstance } from "./instances.ts";
import { NodePlace } from "./placement.ts";

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
  /** By what its memory is encrypted, as its own kernel says: `sev-snp`, `tdx`. Not attested. */
  memoryEncryption: z.array(z.string()).optional(),
  isolation: z.object({
    ownUid: z.boolean(),
    namespaces: z.array(z.string()),
    seccomp: z.boolean(),
    noNewPrivileges: z.boolean(),
    /** Absent from agents of the version before. */
    noCapabilities: z.boolean().optional(),
    memoryLimit: Mechanism,
    cpuLimit: Mechanism,
    processLimit: Mechanism,
    /** What the machine does not give, and how to get it: one sentence each. */
    missing: z.array(z.string()).optional(),
  }),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** Which start of a node's agent speaks, and what its clock shows: what an earlier start said never counts again. */
const Sign = {
  /** Grows with every start of the agent, recorded on its disk. */
  incarnation: z.number().int().min(0),
  clock: Timestamp,
};

/** Sent every second: that the node lives. */
export const NodeHeartbeat = z.strictObject(Sign);
export type NodeHeartbeat = z.infer<typeof NodeHeartbeat>;

/** Sent when something changed and at least every ten seconds. */
export const NodeReport = z.strictObject({
  // Absent from agents of the version before; their nodes are judged by the silence of their reports.
  incarnation: Sign.incarnation.optional(),
  clock: Sign.clock.optional(),
  /** Counts the reports of one incarnation. */
  sequence: z.number().int().min(0).optional(),
  facts: NodeFacts,
  /** Where the orchestrator reaches the agent's API: `http://host:port`. */
  agentUrl: z.url(),
  /** Instances that changed since the last acknowledged report; with `complete`, all there are. */
  instances: z.array(ObservedInstance).max(10_000),
  complete: z.boolean(),
});
export type NodeReport = z.infer<typeof NodeReport>;

const HostAndPort = z.strictObject({
  host: z.string().max(100),
  port: z.int().min(1).max(65_535),
});

/**
 * The door of the node on the control plane's own machine, which has not joined: where it is, what it shows, and where
 * it leads besides to the node's instances: to the control plane itself, by the name that it has among the upstreams.
 */
export const OwnDoor = z.strictObject({
  listen: HostAndPort,
  certificate: z.string().max(20_000),
  key: z.string().max(20_000),
  authority: z.string().max(20_000),
  leads: z.record(Id, HostAndPort),
});
export type OwnDoor = z.infer<typeof OwnDoor>;

/**
 * alive: heard of; suspected: silent for a moment, the gateways avoid its instances; lost: silent for longer, its
 * instances are started elsewhere.
 */
export const NodeLiveness = z.enum(["alive", "suspected", "lost"]);
export type NodeLiveness = z.infer<typeof NodeLiveness>;

export const Node = z.object({
  name: NodeName,
  facts: NodeFacts.optional(),
  liveness: NodeLiveness,
  /** Heard of, so that it may be given work. */
  reachable: z.boolean(),
  lastSeenAt: Timestamp.optional(),
  /** It gets no new instances. */
  cordoned: z.boolean(),
  /** Its instances are being started elsewhere, or have been. */
  draining: z.boolean(),
  /** Where the control plane and gateways reach it; a gateway there answers at it. Absent where there is one machine. */
  address: z.string().optional(),
  /** When it joined by a token; absent for the node on the control plane's own machine. */
  joinedAt: Timestamp.optional(),
  /** Seconds that its clock is ahead of ours (behind, where negative). */
  clockSkewSeconds: z.number().optional(),
  /** What operators said of it. */
  place: NodePlace,
  /** What is wrong with it and what to do: one sentence each. */
  problems: z.array(z.string()),
  instances: z.number().int(),
});
export type Node = z.infer<typeof Node>;

/** An instance as a node's page shows it; a brick's has no app. */
export const NodeInstance = z.object({
  id: Id,
  app: z.string().optional(),
  environment: z.string().optional(),
  service: z.string().optional(),
  process: z.string(),
  phase: z.string(),
});
export type NodeInstance = z.infer<typeof NodeInstance>;

export const NodeDetails = Node.extend({ running: z.array(NodeInstance) });
export type NodeDetails = z.infer<typeof NodeDetails>;

export const RemoveNodeQuery = z.object({
  /** Also while instances are recorded on it: they are started elsewhere and forgotten here. */
  force: z.stringbool().default(false),
});
