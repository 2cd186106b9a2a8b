import type { StreamVersion } from "@bastide/contracts";

/** Where a gateway's table comes from, for as long as it runs: the control plane's stream, or a file. */
export interface TableStream {
  /** Of what is in force; a file has none. */
  readonly version: StreamVersion | undefined;
  /** Whether the control plane is reached now. */
  readonly connected: boolean;
  /** Puts the table that is there into force, and goes on to follow it. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What is busy has changed. */
  acknowledgeAgain(): void;
}
