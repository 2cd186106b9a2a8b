import { z } from "zod";
import { Id } from "./identifiers.ts";

/**
 * A place in a config stream. `history` changes when the control plane's database was restored or made anew,
 * `epoch` with every start of its leader, `sequence` with every change. Versions of two histories do not compare.
 */
export const StreamVersion = z.object({
  history: Id,
  epoch: z.number().int().min(0),
  sequence: z.number().int().min(0),
});
export type StreamVersion = z.infer<typeof StreamVersion>;

/** A key set to a value, or its tombstone. Absence never deletes: only a tombstone does. */
export const StreamChange = z.union([
  z.strictObject({ key: z.string().min(1).max(800), tombstone: z.literal(true) }),
  z.strictObject({ key: z.string().min(1).max(800), value: z.json() }),
]);
export type StreamChange = z.infer<typeof StreamChange>;

/** One line of the stream (newline-delimited JSON). A delta applies only on top of `after`. */
export const StreamMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("snapshot"), version: StreamVersion, changes: z.array(StreamChange) }),
  z.object({
    type: z.literal("delta"),
    version: StreamVersion,
    after: StreamVersion,
    changes: z.array(StreamChange),
  }),
  z.object({ type: z.literal("heartbeat"), version: StreamVersion }),
]);
export type StreamMessage = z.infer<typeof StreamMessage>;

/** Where a subscriber left off, as query parameters. */
export const StreamQuery = z.object({
  history: Id.optional(),
  epoch: z.coerce.number().int().min(0).optional(),
  sequence: z.coerce.number().int().min(0).optional(),
});
export type StreamQuery = z.infer<typeof StreamQuery>;

/** A subscriber applied everything up to `version`. */
export const acknowledgementOf = <Report extends z.ZodType>(
  report: Report,
): z.ZodObject<{
  version: typeof StreamVersion;
  report: Report;
  unmentioned: z.ZodDefault<z.ZodArray<z.ZodString>>;
}> =>
  z.object({
    version: StreamVersion,
    report,
    /** Keys that the subscriber holds from before and the snapshot said nothing of; it keeps them until a tombstone. */
    unmentioned: z.array(z.string().max(800)).max(100_000).default([]),
  });
