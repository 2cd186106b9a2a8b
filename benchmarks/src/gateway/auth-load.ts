import { Agent, request } from "node:http";

export interface AuthAsk {
  readonly port: number;
  readonly host: string;
  readonly token: string;
  readonly agent: Agent;
  /** The client's own address, so that each has a budget of its own. */
  readonly from?: string;
}

/** One request; resolves with its status. */
export function askWith({ port, host, token, agent, from }: AuthAsk): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        agent,
        headers: { host, authorization: `Bearer ${token}` },
        ...(from === undefined ? {} : { localAddress: from }),
      },
      (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    outgoing.once("error", reject);
    outgoing.end();
  });
}

/** Sends at a rate whatever happens, until it is stopped; gives the statuses it got, by number. */
export class OpenLoad {
  readonly #timer: NodeJS.Timeout;
  readonly #statuses = new Map<number, number>();
  readonly latenciesMs: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #due = 0;

  constructor(perSecond: number, send: () => Promise<number>) {
    const began = performance.now();
    this.#timer = setInterval(() => {
      const wanted = ((performance.now() - began) * perSecond) / 1_000;
      for (; this.#due < wanted; this.#due++) this.#begin(send);
    }, 1);
  }

  /** Sends no more; resolves when every answer is there, since the late ones are what counts. */
  async stop(): Promise<ReadonlyMap<number, number>> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    return this.#statuses;
  }

  #begin(send: () => Promise<number>): void {
    const one = this.#one(send).finally(() => this.#underWay.delete(one));
    this.#underWay.add(one);
  }

  async #one(send: () => Promise<number>): Promise<void> {
    const began = performance.now();
    const status = await send().catch(() => 0);
    this.latenciesMs.push(performance.now() - began);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }
}
