import type { GatewayQuestion } from "@bastide/contracts";
import type { EntryChange } from "../control/entry.ts";
import type { MetricsIncrement } from "../observe/metrics.ts";
import type { Descriptor } from "../server/fronts.ts";
import type { ListenerLimits } from "../server/listener.ts";

/**
 * Counts the changes of these messages. A worker of another number cannot be understood: the program on the disk was
 * replaced by another version, and the primary that finds out has itself upgraded.
 */
export const PROTOCOL = 5;

/** What a worker is told first, in answer to `booted`. */
export interface WorkerSettings extends ListenerLimits {
  readonly waitMs: number;
  readonly answerMs: number;
  readonly sampleRate: number;
  readonly logLinesPerSecond: number;
  readonly descriptors: readonly Descriptor[];
  /** Where this gateway speaks HTTPS; absent when it does not. */
  readonly httpsPort?: number;
  /** What TLS sessions are resumed by, at whichever worker: 48 bytes in base64. */
  readonly ticketKeys: string;
  /** File of the key that identity headers are signed with. */
  readonly identityKeyFile?: string;
  /** Where the certificate is that other nodes know this gateway by; absent for a gateway alone. */
  readonly peerDirectory?: string;
}

export type EntryChanges = readonly EntryChange[];

/** What a worker says of itself. */
export interface WorkerStatus {
  readonly connections: number;
  /** Requests under way, by instance. */
  readonly inFlight: readonly (readonly [instance: string, count: number])[];
  /** Addresses that refused their last connection. */
  readonly aside: readonly string[];
}

export type Question = "metrics" | "status" | GatewayQuestion;

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
  /** The control plane was heard of so long ago. */
  | { type: "heard"; agoMs: number }
  /** Ask clients to go elsewhere, or no more. */
  | { type: "drain"; isLame: boolean }
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
  /** What it counted since it was asked last; it is about to end. */
  | { type: "last-metrics"; increment: MetricsIncrement }
  | { type: "ask"; id: number; question: "metrics" }
  | { type: "answer"; id: number; value: unknown };

/** What came over the channel between the two, which only this program writes to. */
export function readToWorker(message: unknown): ToWorker {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return message as ToWorker;
}

/** The first message. */
export function readSettings(message: unknown): WorkerSettings {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return message as WorkerSettings;
}

export function readFromWorker(message: unknown): FromWorker {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return message as FromWorker;
}
