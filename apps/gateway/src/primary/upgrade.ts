import { ControlError } from "../control-socket/control-error.ts";

const DEADLINE_MS = 60_000;

interface Pending {
  readonly resolve: (successor: { pid: number }) => void;
  readonly reject: (cause: Error) => void;
}

/** One change of programs at a time, from the wish to the answer. */
export class Upgrade {
  #pending: Pending | undefined;

  /** Throws ControlError when one is under way, or the successor does not come to serve. */
  begin(start: () => void): Promise<{ pid: number }> {
    if (this.#pending)
      throw new ControlError("conflict", "an upgrade is under way; try again when it is done");
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.failed(), DEADLINE_MS);
      const settle = (): void => {
        clearTimeout(timer);
        this.#pending = undefined;
      };
      this.#pending = {
        resolve: (successor) => (settle(), resolve(successor)),
        reject: (cause) => (settle(), reject(cause)),
      };
      start();
    });
  }

  done(pid: number): void {
    this.#pending?.resolve({ pid });
  }

  failed(): void {
    this.#pending?.reject(
      new ControlError(
        "failed",
        "the successor did not start; this program serves on, and the gateway's log says why",
      ),
    );
  }
}
