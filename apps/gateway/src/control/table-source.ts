import type { SavedState, SubscriberEvent } from "@bastide/config-stream";
import type { StreamVersion } from "@bastide/contracts";
import type { TableUser } from "./follow-table.ts";

/** Where the table comes from: a control plane's stream, or a file. */
export interface TableSource {
  /** Puts the table that is there into force, and goes on to follow it. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What is busy has changed. */
  acknowledgeAgain(): void;
  /** Undefined where tables have no versions, and before the first. */
  readonly version: StreamVersion | undefined;
  /** Whether a control plane is reached now. */
  readonly connected: boolean;
}

export interface SourceParts {
  readonly onEvent: (event: SubscriberEvent) => void;
  /** Where to begin, in place of what is on disk: what the program before this one had in force. */
  readonly initial?: SavedState | undefined;
}

/** Makes the source that a gateway follows. */
export type Follow = (user: TableUser, parts: SourceParts) => TableSource;
