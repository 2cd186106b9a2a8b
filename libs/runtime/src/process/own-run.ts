import type { ChildProcess } from "node:child_process";
import type { ExitStatus } from "../driver.ts";
import { fromChild } from "./exit-status.ts";

/** A run that this process started, whose end it therefore hears of at once. */
export class OwnRun {
  /** Resolves when the first process has ended; never rejects. */
  readonly ended: Promise<ExitStatus>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<ExitStatus>();
    this.ended = promise;
    child.once("exit", (code, signal) => resolve(fromChild(code, signal)));
    child.once("error", () => resolve({}));
    // The run must not keep this process alive; whoever waits for it does.
    child.unref();
  }

  /** Waits for the end and keeps this process alive meanwhile. */
  async wait(signal: AbortSignal): Promise<ExitStatus> {
    this.#child.ref();
    try {
      return await abortable(this.ended, signal);
    } finally {
      this.#child.unref();
    }
  }
}

/** Rejects with the signal's reason as soon as it is aborted. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
