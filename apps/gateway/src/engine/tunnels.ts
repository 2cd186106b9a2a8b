import {
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
  ServerResponse,
} from "node:http";
import { connect, type Socket } from "node:net";
import { CutShort } from "../exchange/cut-short.ts";
import { endToEnd } from "../exchange/hop-by-hop.ts";
import { edited, type HeaderEdit } from "../headers/header-edit.ts";
import { connectionName, tunnelOf } from "./connection-name.ts";
import { follow, type Joined } from "./follow.ts";
import type { Attempt, AttemptOutcome, EngineTimeouts, UpstreamAddress } from "./proxy-engine.ts";
import type { TunnelOpener } from "./tunnel-opener.ts";
import { closingFrame, WebSocketFrames } from "./web-socket-frames.ts";

/** Time for the second half of a connection to end once the first has. */
const HALF_CLOSED_MS = 10_000;
/** Time for the last words of a connection that the gateway cuts. */
const CUT_MS = 1_000;
/** Silence after which the kernel asks whether the other side is still there. */
const KEEP_ALIVE_MS = 30_000;

/** Connections that were upgraded (RFC 9110 §7.8): bytes both ways until either side ends. */
export class Tunnels {
  readonly #timeouts: EngineTimeouts;
  readonly #opener: TunnelOpener;
  readonly #upstreams = new Set<Socket>();

  constructor(timeouts: EngineTimeouts, opener: TunnelOpener) {
    this.#timeouts = timeouts;
    this.#opener = opener;
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
      // Without an agent, which would make the connection by itself.
      createConnection: this.#connector(upstream),
    });
    outgoing.once("socket", (socket: Socket) => this.#track(socket));
    const client = request.socket;
    const stopWatching = watchForEnd(client);
    return follow(attempt, outgoing, this.#timeouts, (incoming, socket, upstreamHead) => {
      stopWatching();
      if (response instanceof ServerResponse) response.detachSocket(client);
      client.write(switchingHead(incoming, attempt.answerHeaders));
      return join(
        { socket: client, name: "client", early: head },
        { socket, name: "server", early: upstreamHead },
        () => (attempt.deadline && CutShort.of(attempt.deadline)?.message) ?? "",
      );
    });
  }

  #connector(upstream: UpstreamAddress): NonNullable<RequestOptions["createConnection"]> {
    const tunnel = tunnelOf(connectionName(upstream), upstream.port);
    if (!tunnel) {
      const { host, port } = upstream;
      // An app that has ended its half still hears what the client says.
      return () => connect({ host, port, allowHalfOpen: true });
    }
    return (_, made) => {
      this.#opener.open(tunnel, made);
      return undefined;
    };
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

/** One end of a tunnel. */
interface Side {
  readonly socket: Socket;
  readonly name: "client" | "server";
  /** What it sent before the tunnel was there. */
  readonly early: Buffer;
}

/** Carries bytes both ways until both sockets are closed. `why`: what the two are told when it is cut. */
function join(client: Side, upstream: Side, why: () => string): Joined {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sockets = [client.socket, upstream.socket];
  const destroy = () => sockets.forEach((socket) => socket.destroy());
  let timer: NodeJS.Timeout | undefined;
  const hurry = () => (timer ??= setTimeout(destroy, HALF_CLOSED_MS));
  let open = sockets.length;
  const closed = () => {
    if (--open > 0) return;
    clearTimeout(timer);
    resolve();
  };
  const ways = [carry(client, upstream, hurry, closed), carry(upstream, client, hurry, closed)];
  return {
    ended: promise.then(() => ({ kind: "answered", status: 101 })),
    cut: () => {
      clearTimeout(timer);
      timer = setTimeout(destroy, CUT_MS);
      for (const stop of ways) stop(why());
    },
  };
}

/** Carries bytes one way. Gives how to stop: the receiver is told why if it is between two frames, else cut off. */
function carry(from: Side, to: Side, onHalf: () => void, onClosed: () => void) {
  const [side, other] = [from.socket, to.socket];
  const frames = new WebSocketFrames();
  frames.pass(from.early);
  other.write(from.early);
  side.setTimeout(0).setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  side.on("error", () => {});
  side.once("end", onHalf);
  side.once("close", () => {
    onHalf();
    // What was read to its end may still be on its way to the other side; what broke off ends there at once.
    if (side.readableEnded) other.destroySoon();
    else other.destroy();
    onClosed();
  });
  side.on("data", (bytes: Buffer) => frames.pass(bytes));
  side.pipe(other);
  return (why: string): void => {
    side.unpipe(other);
    // Read on, and into nothing: so that its end is seen.
    side.resume();
    if (frames.isBetween) other.end(closingFrame(to.name, why));
    else other.destroy();
  };
}
