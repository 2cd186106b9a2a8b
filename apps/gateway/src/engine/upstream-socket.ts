import { Agent, type AgentOptions, type ClientRequestArgs } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { tunnelOf } from "./connection-name.ts";
import type { TunnelOpener } from "./tunnel-opener.ts";

type Written = (error?: Error | null) => void;

/** What a write says once the peer has closed: its answer may lie unread in our receive buffer. */
const PEER_CLOSED: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET"]);

/* eslint-disable no-underscore-dangle -- the names that node:stream gives to what a stream overrides */
/**
 * A connection to an upstream whose last words are heard. An upstream may answer early, by a refusal of an upload say,
 * and close with the rest of the request unread (RFC 9112 §9.6). Node would destroy the socket at the write that fails
 * then, with the answer unread. Here that write never completes, so nothing more is sent, and reading goes on to the
 * answer, the end or the reset, which all follow at once.
 */
export class UpstreamSocket extends Socket {
  override _write(chunk: unknown, encoding: BufferEncoding, callback: Written): void {
    super._write(chunk, encoding, unlessPeerClosed(callback));
  }

  override _writev(
    chunks: { readonly chunk: unknown; readonly encoding: BufferEncoding }[],
    callback: Written,
  ): void {
    super._writev?.(chunks, unlessPeerClosed(callback));
  }
}

/* eslint-enable no-underscore-dangle */

const unlessPeerClosed =
  (callback: Written): Written =>
  (error) => {
    const code = error && "code" in error ? String(error.code) : "";
    if (!PEER_CLOSED.has(code)) callback(error);
  };

type Made = (error: Error | null, socket: Duplex) => void;

/** Pools connections: of that kind, and to instances on other nodes. */
export class UpstreamAgent extends Agent {
  readonly #tunnels: TunnelOpener;

  constructor(options: AgentOptions, tunnels: TunnelOpener) {
    super(options);
    this.#tunnels = tunnels;
  }

  override createConnection({ host, port }: ClientRequestArgs, made?: Made): Socket | undefined {
    const tunnel = tunnelOf(host ?? "", Number(port));
    if (tunnel && made) {
      this.#tunnels.open(tunnel, made);
      return undefined;
    }
    const socket = new UpstreamSocket();
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    return socket.connect(Number(port), host ?? "127.0.0.1");
  }
}
