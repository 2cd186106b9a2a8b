import { type IncomingMessage, request as httpRequest, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { endToEnd } from "../exchange/hop-by-hop.ts";
import { edited, type HeaderEdit } from "../headers/header-edit.ts";
import { follow } from "./follow.ts";
import type { Attempt, AttemptOutcome, EngineTimeouts } from "./proxy-engine.ts";

/** Time for the second half of a connection to end once the first has. */
const HALF_CLOSED_MS = 10_000;
/** Silence after which the kernel asks whether the other side is still there. */
const KEEP_ALIVE_MS = 30_000;

/** Connections that were upgraded (RFC 9110 §7.8): bytes both ways until either side ends. */
export class Tunnels {
  readonly #timeouts: EngineTimeouts;
  readonly #upstreams = new Set<Socket>();

  constructor(timeouts: EngineTimeouts) {
    this.#timeouts = timeouts;
  }

  get size(): number {
    return this.#upstreams.size;
  }

  /** Asks the upstream to upgrade, on a connection of its own, and carries what follows or its other answer. */
  open(attempt: Attempt, head: Buffer): Promise<AttemptOutcome> {
    const { upstream, request, response, target, headers } = attempt;
    const outgoing = httpRequest({
      host: upstream.host,
      port: upstream.port,
      method: request.method ?? "GET",
      path: target,
      headers: { ...headers, connection: "Upgrade", upgrade: request.headers.upgrade },
      agent: false,
    });
    outgoing.once("socket", (socket: Socket) => this.#track(socket));
    const client = request.socket;
    const stopWatching = watchForEnd(client);
    return follow(attempt, outgoing, this.#timeouts, (incoming, socket, upstreamHead) => {
      stopWatching();
      if (response instanceof ServerResponse) response.detachSocket(client);
      client.write(switchingHead(incoming, attempt.answerHeaders));
      client.write(upstreamHead);
      socket.write(head);
      return join(client, socket);
    });
  }

  close(): void {
    for (const socket of this.#upstreams) socket.destroy();
  }

  #track(socket: Socket): void {
    this.#upstreams.add(socket);
    socket.once("close", () => this.#upstreams.delete(socket));
  }
}

/** The upstream's 101, as it came but for headers of its own connection and the route's changes. */
function switchingHead(incoming: IncomingMessage, edit?: HeaderEdit): string {
  const { headers } = incoming;
  const kept = edited(endToEnd(incoming), edit);
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade"];
  lines.push(`Upgrade: ${headers.upgrade ?? "websocket"}`);
  for (let i = 0; i + 1 < kept.length; i += 2) lines.push(`${kept[i]}: ${kept[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/**
 * Nobody reads a client's socket before the upgrade, so its end would not be seen: this looks for it, without taking
 * what the client sent early, and closes the socket then. Returns how to stop looking.
 */
function watchForEnd(client: Socket): () => void {
  const look = () => client.readableLength === 0 && client.read();
  const close = () => client.destroy();
  client.on("readable", look);
  client.once("end", close);
  return () => {
    client.off("readable", look);
    client.off("end", close);
  };
}

/** Carries bytes both ways; resolves when both sockets are closed. */
function join(client: Socket, upstream: Socket): Promise<AttemptOutcome> {
  const sides = [client, upstream] as const;
  const hurry = () => setTimeout(() => sides.forEach((side) => side.destroy()), HALF_CLOSED_MS);
  let timer: NodeJS.Timeout | undefined;
  return new Promise((resolve) => {
    let open = sides.length;
    const watch = (side: Socket, other: Socket) => {
      side.setTimeout(0).setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
      side.on("error", () => {});
      side.once("end", () => (timer ??= hurry()));
      side.once("close", () => {
        timer ??= hurry();
        // What was read to its end may still be on its way to the other side; what broke off ends there at once.
        if (side.readableEnded) other.destroySoon();
        else other.destroy();
        if (--open > 0) return;
        clearTimeout(timer);
        resolve({ kind: "answered", status: 101 });
      });
      side.pipe(other);
    };
    watch(client, upstream);
    watch(upstream, client);
  });
}
