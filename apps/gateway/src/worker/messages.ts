import type { Entry } from "../control/entry.ts";
import type { ListenerLimits } from "../server/listener.ts";

/**
 * Counts the changes of these messages. A worker of another number cannot be understood: the program on the disk was
 * replaced by another version, and the primary that finds out has itself upgraded.
 */
export const PROTOCOL = 1;

/** What a worker is told at its start, as JSON in its environment. */
export interface WorkerSettings extends ListenerLimits {
  readonly waitMs: number;
  readonly answerMs: number;
  readonly descriptors: readonly number[];
}

export const SETTINGS_VARIABLE = "BASTIDE_WORKER";

/** By key of the config stream; null: there is nothing under it any more. */
export type EntryChanges = readonly (readonly [key: string, entry: Entry | null])[];

export type Question = "metrics" | "status";

/** From the primary to a worker. They take effect in the order in which they were sent. */
export type ToWorker =
  /** `whole`: what is not mentioned is not in the table. */
  | { type: "table"; id: number; whole: boolean; changes: EntryChanges }
  /** Listen and take connections. */
  | { type: "accept" }
  /** Take no new connection; say to each client that its next answer is the last; end when all are gone, or then. */
  | { type: "retire"; deadlineMs: number }
  /** The same, but idle connections are closed and requests finish until then. */
  | { type: "stop"; deadlineMs: number }
  | { type: "control"; isConnected: boolean }
  | { type: "ask"; id: number; question: Question }
  | { type: "answer"; id: number; value: unknown };

/** From a worker to the primary. */
export type FromWorker =
  | { type: "booted"; protocol: number }
  | { type: "listening" }
  | { type: "cannot-listen"; reason: string }
  | { type: "applied"; id: number; busy: readonly string[] }
  /** The changes are no table; the one before them is in force. */
  | { type: "refused"; id: number; reason: string }
  /** Another instance that left the table has answered its last request. */
  | { type: "busy"; busy: readonly string[] }
  | { type: "ask"; id: number; question: "metrics" }
  | { type: "answer"; id: number; value: unknown };

/** What came over the channel between the two, which only this program writes to. */
export function readMessage<Message extends ToWorker | FromWorker>(message: unknown): Message {
  if (typeof message !== "object" || message === null || !("type" in message))
    throw new TypeError("a message of a primary or a worker has a type; this one has none");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return message as Message;
}
