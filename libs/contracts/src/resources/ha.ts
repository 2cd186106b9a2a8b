import { z } from "zod";
import { NodeName, Timestamp } from "../identifiers.ts";
import { boundsProblem, resourcesProblem } from "./ha-description.ts";

/** A service of the platform that survives the machine it runs on; also the name of its lease. */
export const HaServiceName: z.ZodString = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}$/,
    "a service's name must start with a letter and hold only a-z, 0-9 and single hyphens, 40 characters at most",
  );

const Epoch = z.int().min(0);
const Milliseconds = z.number().min(0).max(86_400_000);

/** What should be, of one service: the states of libs/ha. */
export const HaDesired = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("started") }),
  // Not a kind of its own: a guard of the version before, which does not know it, stops the service all the same.
  z.object({ kind: z.literal("stopped"), purge: z.boolean().optional() }),
  z.object({ kind: z.literal("placed"), node: NodeName }),
  z.object({ kind: z.literal("frozen") }),
]);
export type HaDesired = z.infer<typeof HaDesired>;

const HaIntent = z.object({
  service: HaServiceName,
  desired: HaDesired,
  id: z.string().max(100),
});

/** Every service's last intent; the control plane counts its versions. */
export const HaIntents = z.object({
  version: z.int().min(0),
  intents: z.record(HaServiceName, HaIntent),
});
export type HaIntents = z.infer<typeof HaIntents>;

/** A program of the installation, by its path in it: the control plane can have nothing else run. */
const Program = z
  .string()
  .regex(/^apps\/[a-z-]+\/(?:dist|bundle)\/(?:[a-z-]+\/)*[a-z-]+\.js$/, "a program of a brick");

export const HaResource = z.object({
  name: HaServiceName,
  after: z.array(HaServiceName).max(20),
  program: Program,
  environmentVariables: z.record(z.string().regex(/^[A-Z][A-Z0-9_]{0,60}$/), z.string().max(4_000)),
  /** It is started once it takes connections at this port of its node's address. */
  port: z.int().min(1).max(65_535),
  stopGraceMs: Milliseconds,
});
export type HaResource = z.infer<typeof HaResource>;

const Topology = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("failover") }),
  z.object({
    kind: z.literal("flex"),
    min: z.int().min(0),
    target: z.int().min(0),
    max: z.int().min(0),
  }),
]);

const DescribedService = z.object({
  name: HaServiceName,
  topology: Topology,
  candidates: z.array(NodeName).max(100),
  resources: z.array(HaResource).min(1).max(20),
  affinities: z
    .array(
      z.object({
        kind: z.enum(["with", "apart"]),
        service: HaServiceName,
        isHard: z.boolean(),
      }),
    )
    .max(20),
  monitor: z.object({
    restarts: z.object({ count: z.int().min(0), withinMs: Milliseconds }),
    action: z.enum(["none", "switch", "stay-down"]),
    blockForMs: Milliseconds,
  }),
  /** Within this time all of it is dead once its guard kills it. */
  stopWithinMs: Milliseconds,
});

/**
 * A service as agents get it: what libs/ha decides by, and what its resources are. Refuses what no node could start; the
 * group below does not, so that an agent takes up all else that it is told: there its guard refuses it.
 */
export const HaService = DescribedService.superRefine(({ topology, resources }, context) => {
  for (const message of [boundsProblem(topology), resourcesProblem(resources)])
    if (message !== undefined) context.addIssue({ code: "custom", message });
});
export type HaService = z.infer<typeof HaService>;

const Address = z.object({
  host: z.string().max(100),
  port: z.int().min(1).max(65_535),
});

/**
 * All that a node's guard is told: who else there is, what services there are, and what is wanted of them. What a
 * later control plane says besides is left aside, here and in all that it is made of: an agent of the version before
 * follows it.
 */
export const HaGroup = z.object({
  members: z.array(z.object({ name: NodeName, address: Address.optional() })).max(1_000),
  services: z.array(DescribedService).max(1_000),
  intents: HaIntents,
  /** It takes no service anew. */
  isCordoned: z.boolean(),
  /** It hands over what it has as well. */
  isDraining: z.boolean().default(false),
  ttlMs: Milliseconds,
  /** Of the node on the control plane's own machine, which has not joined and has no identity of its own. */
  peer: z
    .strictObject({
      host: z.string().max(100),
      certificate: z.string().max(20_000),
      key: z.string().max(20_000),
      authority: z.string().max(20_000),
    })
    .optional(),
});
export type HaGroup = z.infer<typeof HaGroup>;

const Text = z.string().max(200);
const LeaseRequest = z.strictObject({
  name: Text,
  holder: NodeName,
  ttlMs: Milliseconds,
  aboveEpoch: Epoch,
});
const LeaseGrant = z.strictObject({
  name: Text,
  holder: NodeName,
  epoch: Epoch,
  ttlMs: Milliseconds,
});

/** What a guard asks of the lease store, and of the record of the store's lives. */
export const HaAsk = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("acquire"), request: LeaseRequest }),
  z.strictObject({ kind: z.literal("renew"), grant: LeaseGrant }),
  z.strictObject({ kind: z.literal("release"), grant: LeaseGrant }),
  z.strictObject({ kind: z.literal("read-seed") }),
  z.strictObject({ kind: z.literal("seed-acquire"), request: LeaseRequest }),
  z.strictObject({ kind: z.literal("seed-record"), knownEpochs: z.array(Epoch).max(10_000) }),
  z.strictObject({ kind: z.literal("seed-write"), grant: LeaseGrant, floor: Epoch }),
]);
export type HaAsk = z.infer<typeof HaAsk>;

const LeaseRecord = z.object({ name: Text, epoch: Epoch, holder: Text.optional() });

export const HaAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("granted"), grant: LeaseGrant }),
  z.object({ kind: z.literal("held"), record: LeaseRecord }),
  z.object({ kind: z.literal("renewed") }),
  z.object({ kind: z.literal("lost") }),
  z.object({ kind: z.literal("released") }),
  z.object({ kind: z.literal("seed"), floor: Epoch.optional() }),
  z.object({ kind: z.literal("recorded"), floor: Epoch }),
  z.object({ kind: z.literal("written") }),
  z.object({ kind: z.literal("fenced"), record: LeaseRecord }),
]);
export type HaAnswer = z.infer<typeof HaAnswer>;

export const HaResourceState = z.enum(["stopped", "starting", "started", "stopping", "failed"]);
export type HaResourceState = z.infer<typeof HaResourceState>;

/** What a guard sees of its own node; sent when something changed, and every few seconds. */
export const HaReport = z.strictObject({
  /** Grows with each start of the guard, and with each report of it. */
  incarnation: z.int().min(0),
  sequence: z.int().min(0),
  /** Of the intents that it acted on when it saw this; an older guard does not say. */
  version: z.int().min(0).default(0),
  /** Where other guards reach it. */
  address: Address.optional(),
  services: z
    .array(
      z.strictObject({
        name: HaServiceName,
        epoch: Epoch.optional(),
        resources: z.record(HaServiceName, HaResourceState),
      }),
    )
    .max(1_000),
});
export type HaReport = z.infer<typeof HaReport>;

export const HaInstance = z.object({
  node: NodeName,
  state: HaResourceState,
  /** The fencing token that it runs under; a flex service has none. */
  epoch: Epoch.optional(),
  /** Its node is not heard of: this is what was true when it last was. */
  isStale: z.boolean(),
});
export type HaInstance = z.infer<typeof HaInstance>;

export const HaStatus = z.object({
  name: HaServiceName,
  summary: z.string(),
  topology: Topology,
  desired: HaDesired.optional(),
  candidates: z.array(NodeName),
  instances: z.array(HaInstance),
  /** What follows from what is wanted, where an operator should know it: a sentence. */
  note: z.string().optional(),
});
export type HaStatus = z.infer<typeof HaStatus>;

/** Where leases are granted, as the control plane last found it. */
export const HaLeaseStoreStatus = z.object({
  kind: z.enum(["etcd", "PostgreSQL"]),
  isUsable: z.boolean(),
  /** What is wrong with it, and what to do. */
  message: z.string().optional(),
});
export type HaLeaseStoreStatus = z.infer<typeof HaLeaseStoreStatus>;

export const HaSwitch = z.strictObject({ node: NodeName });

/** Something that happened to a service: what was asked for, and what nodes report. */
export const HaEvent = z.object({
  at: Timestamp,
  service: HaServiceName,
  node: NodeName.optional(),
  what: z.string(),
  epoch: Epoch.optional(),
});
export type HaEvent = z.infer<typeof HaEvent>;
