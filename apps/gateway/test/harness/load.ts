import { type Answer, ask, keepAliveAgent } from "./http-client.ts";

export interface LoadResult {
  readonly answers: readonly Answer[];
  readonly failures: readonly string[];
}

/** Requests one after the other on several connections, half of them new for each request, until it is stopped. */
export class Load {
  readonly #answers: Answer[] = [];
  readonly #failures: string[] = [];
  readonly #agent = keepAliveAgent();
  readonly #loops: Promise<void>[];
  #isOver = false;

  constructor(port: number, host: string, loops = 8) {
    this.#loops = Array.from({ length: loops }, (_, i) => this.#run(port, host, i % 2 === 0));
  }

  get count(): number {
    return this.#answers.length;
  }

  async stop(): Promise<LoadResult> {
    this.#isOver = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
    return { answers: this.#answers, failures: this.#failures };
  }

  async #run(port: number, host: string, keepsAlive: boolean): Promise<void> {
    const agent = keepsAlive ? this.#agent : false;
    while (!this.#isOver) {
      try {
        const answer = await ask(port, "/", { agent, headers: { host } });
        this.#answers.push(answer);
        if (answer.status !== 200) this.#failures.push(`${answer.status} ${answer.body}`);
      } catch (cause) {
        this.#failures.push(String(cause));
        // As a client would, and not to take all time from what is starting.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}
