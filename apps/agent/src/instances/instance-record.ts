import { Artefact, Id, Timestamp } from "@bastide/contracts";
import { z } from "zod";

const Run = z.object({
  /** Absent from the moment before the start until the driver has said what it started. */
  handle: z
    .object({
      driver: z.string(),
      id: z.string(),
      pid: z.number().int(),
      startTicks: z.number(),
      bootId: z.string(),
      stateDirectory: z.string(),
    })
    .optional(),
  startedAtMs: z.number(),
  readyAtMs: z.number().optional(),
});

/** What must be known of an instance by an agent that comes later; written before what it says is done. */
export const InstanceRecord = z.object({
  id: Id,
  process: z.string(),
  /** Absent where the record was lost and nothing but the run was found. */
  artefact: Artefact.optional(),
  stopGraceMs: z.number().int(),
  port: z.number().int().optional(),
  /** Where it listens, if not at 127.0.0.1. */
  host: z.string().optional(),
  uid: z.number().int().optional(),
  isPrepared: z.boolean(),
  run: Run.optional(),
  crashes: z.object({
    total: z.number().int(),
    inARow: z.number().int(),
    recentMs: z.array(z.number()).readonly(),
  }),
  notBeforeMs: z.number(),
  lastExit: z
    .object({ code: z.number().int().optional(), signal: z.string().optional(), at: Timestamp })
    .optional(),
  /** Why it is not started again. */
  failure: z.string().optional(),
  /** Its last crash, until it is ready again. */
  message: z.string().optional(),
  lastLogs: z.array(z.string()).optional(),
});
export type InstanceRecord = z.infer<typeof InstanceRecord>;
