import {
  type GuardMessage,
  type Heartbeat,
  NO_INTENTS,
  type NodeMessage,
  type PromiseAnswer,
  type RegrantAnswer,
} from "@bastide/ha";
import { z } from "zod";

const Lease = z.string().max(200);
const Epoch = z.int().min(0);
/**
 * A guard of the version before does not say whose votes it counts. What it says is taken for an ask by nobody's votes,
 * which no voter answers (ADR 19): to refuse the line would cut the connection, and its heartbeats with it.
 */
const Voters = z.array(z.string().max(100)).max(100).default([]);
const Names = z.array(z.string().max(100)).max(10_000);

const Promised = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("promised"), remainingMs: z.number().min(0) }),
  z.object({ kind: z.literal("refused"), epoch: Epoch }),
]) satisfies z.ZodType<PromiseAnswer>;

const Regranted = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("regranted") }),
  z.object({ kind: z.literal("refused"), epoch: Epoch }),
]) satisfies z.ZodType<RegrantAnswer>;

const Message = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("promise-ask"), lease: Lease, epoch: Epoch, voters: Voters }),
  z.object({ kind: z.literal("promise-answer"), lease: Lease, epoch: Epoch, answer: Promised }),
  z.object({
    kind: z.literal("regrant-ask"),
    lease: Lease,
    epoch: Epoch,
    voters: Voters,
    askedAtMs: z.number(),
  }),
  z.object({
    kind: z.literal("regrant-answer"),
    lease: Lease,
    epoch: Epoch,
    askedAtMs: z.number(),
    answer: Regranted,
  }),
  z.object({ kind: z.literal("seed-ask"), floor: Epoch }),
  z.object({ kind: z.literal("seed-answer"), floor: Epoch, wasPromised: z.boolean() }),
]) satisfies z.ZodType<GuardMessage>;

/**
 * What is wanted a guard hears from the control plane alone, by its group: whoever takes over one node could else
 * command them all. What others say of it is left aside.
 */
const Beat = z
  .object({
    incarnation: z.int(),
    wallMs: z.number(),
    isReady: z.boolean(),
    isLeaving: z.boolean().default(false),
    runs: Names,
    serves: Names.default([]),
    blocked: Names,
    knownEpochs: z.record(z.string().max(200), Epoch),
  })
  .transform((beat): Heartbeat => ({ ...beat, intents: NO_INTENTS }));

const Both = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("heartbeat"), heartbeat: Beat }),
  z.object({ kind: z.literal("guard"), message: Message }),
]);

/** A line that another guard sent. Throws for one that none of ours would send. */
export const parseNodeMessage = (line: string): NodeMessage => Both.parse(JSON.parse(line));
