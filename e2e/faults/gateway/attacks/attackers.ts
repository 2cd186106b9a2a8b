import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Crowd, Target } from "./hostile.ts";

/** Clients that do one thing at once. */
export interface Assault {
  /** Of the attack. */
  readonly name: string;
  /** Given for well-behaved clients in its place. */
  readonly crowd?: Crowd;
  readonly target: Target;
  readonly clients: number;
  readonly forMs: number;
}

export interface Assaulted {
  readonly clients: number;
  /** How often the gateway ended one by itself; each came again. */
  readonly ended: number;
}

/** A process of its own that attacks when it is told to. */
export class Attackers implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(join(import.meta.dirname, "attacker.ts"), {
      execArgv: ["--conditions=source"],
    });
  }

  /** Resolves when all of them are over. Rejects when the process ends instead. */
  async attack(assaults: readonly Assault[]): Promise<Assaulted> {
    const over = new AbortController();
    const died = once(this.#child, "exit", { signal: over.signal }).then(([code]) => {
      throw new Error(`the process that attacks ended with ${code}`);
    });
    const told = once(this.#child, "message", { signal: over.signal });
    this.#child.send([...assaults]);
    try {
      const [all] = (await Promise.race([told, died])) as [readonly Assaulted[]];
      return {
        clients: all.reduce((sum, { clients }) => sum + clients, 0),
        ended: all.reduce((sum, { ended }) => sum + ended, 0),
      };
    } finally {
      over.abort();
      await Promise.allSettled([told, died]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }
}
