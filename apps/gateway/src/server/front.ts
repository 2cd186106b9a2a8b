import type { Server } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../observe/log.ts";
import type { Exchanges } from "./exchanges.ts";
import { listenOn, tryListen } from "./listen.ts";
import {
  createListener,
  type ListenerLimits,
  type ListenerUser,
  stopAccepting,
} from "./listener.ts";

/** How long idle connections are left after the end began, so that a request already on its way on one is answered. */
const IDLE_LINGER_MS = 300;

/** Who answers, and how it is told that the end has begun. */
export interface FrontUser extends ListenerUser {
  readonly exchanges: Exchanges;
  beginClosing(): void;
}

/** The listening sockets on all addresses, from the first connection to the last. */
export class Front {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #limits: ListenerLimits;
  readonly #log: Log;

  constructor(limits: ListenerLimits, log: Log) {
    this.#limits = limits;
    this.#log = log;
  }

  /** Open connections of clients. */
  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Listens on every address that the machine has, and says which it has not; gives the port, which port 0 chooses.
   * Throws when one is taken, or none is there.
   */
  async listen(user: FrontUser, addresses: readonly string[], port: number): Promise<number> {
    let chosen = port;
    for (const address of addresses) {
      const server = createListener(user, this.#limits);
      server.on("connection", (socket) => this.#track(socket));
      const listening = await tryListen(server, address, chosen);
      if (listening === undefined) {
        this.#log("warn", "the machine does not have this address; going on without it", {
          address,
        });
        continue;
      }
      chosen = listening;
      this.#servers.push(server);
    }
    if (this.#servers.length === 0)
      throw new Error(`the machine has none of the addresses ${addresses.join(", ")}`);
    return chosen;
  }

  /** Takes connections from sockets that another process has bound, by their descriptors in this one. */
  async adopt(user: FrontUser, descriptors: readonly number[]): Promise<void> {
    for (const fd of descriptors) {
      const server = createListener(user, this.#limits);
      server.on("connection", (socket) => this.#track(socket));
      await listenOn(server, fd);
      this.#servers.push(server);
    }
  }

  /**
   * Takes no new connection and lets the others end by themselves: each client's next answer says that it is the last,
   * and an idle connection is left to the time that its client was promised. What is left at `deadlineMs` is closed.
   */
  async retire(user: FrontUser, deadlineMs: number): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => stopAccepting(server, resolve)),
    );
    user.beginClosing();
    const timer = setTimeout(() => this.#cut(), deadlineMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes no new connection, lets requests finish for at most `deadlineMs`, then closes what is left. */
  async close(user: FrontUser, deadlineMs: number): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => stopAccepting(server, resolve)),
    );
    user.beginClosing();
    await delay(Math.min(IDLE_LINGER_MS, deadlineMs));
    for (const server of this.#servers) server.closeIdleConnections();
    await user.exchanges.whenQuiet(Math.max(0, deadlineMs - IDLE_LINGER_MS));
    for (const socket of this.#sockets) socket.destroySoon();
    await Promise.race([Promise.all(closed), delay(IDLE_LINGER_MS, undefined, { ref: false })]);
    this.#cut();
    for (const server of this.#servers) server.close();
    await Promise.all(closed);
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
