import { type BeforeApplicationShutdown, Injectable } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import type { FastifyReply } from "fastify";
import { Server } from "node:http";

/** Longest time that requests under way get to end in, once the service stops. */
const GRACE_MS = 3000;

/** The requests under way. Ends them when the service stops, so that none of them holds the stop up. */
@Injectable()
export class OpenCalls implements BeforeApplicationShutdown {
  readonly #adapter: HttpAdapterHost;
  /** By what ends them; each resolves when its answer's connection has nothing more to do with it. */
  readonly #open = new Map<AbortController, Promise<void>>();

  constructor(adapter: HttpAdapterHost) {
    this.#adapter = adapter;
  }

  /** A signal that aborts when the answer's connection closes, the service stops, or the time comes. */
  signalOf(reply: FastifyReply, until?: Date): AbortSignal {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open.set(controller, promise);
    const alarm = until && abortAt(until, controller);
    reply.raw.once("close", () => {
      alarm?.cancel();
      this.#open.delete(controller);
      controller.abort(new Error("the connection is closed"));
      resolve();
    });
    return controller.signal;
  }

  /** Before the server closes, which ends idle connections and waits for all others. */
  async beforeApplicationShutdown(): Promise<void> {
    const calls = [...this.#open.values()];
    for (const controller of this.#open.keys())
      controller.abort(new Error("the service is stopping"));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, GRACE_MS);
    await Promise.race([Promise.all(calls), late]);
    clearTimeout(timer);
    this.#cutConnectionsLater();
  }

  /** What is left after the grace is a peer that neither reads nor goes away. */
  #cutConnectionsLater(): void {
    const server: unknown = this.#adapter.httpAdapter.getHttpServer();
    const cut = () => {
      if (server instanceof Server) server.closeAllConnections();
    };
    setTimeout(cut, GRACE_MS).unref();
  }
}

/** Longest time that a timer of Node's can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function abortAt(time: Date, controller: AbortController): { cancel(): void } {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = time.getTime() - Date.now();
    if (leftMs <= 0) return controller.abort(new Error("the token has expired"));
    timer = setTimeout(wait, Math.min(leftMs, LONGEST_TIMER_MS)).unref();
  };
  wait();
  return { cancel: () => clearTimeout(timer) };
}
