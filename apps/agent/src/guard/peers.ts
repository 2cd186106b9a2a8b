import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { type Credentials, GUARD_PROTOCOL, hostOf, peerOf, wrongPeer } from "@bastide/peer-tls";
import type { NodeMessage, Transport } from "@bastide/ha";
import { LineSplitter } from "./lines.ts";
import { parseNodeMessage } from "./node-message.ts";

/** A connection over which nothing comes back for so long is given up: a dead machine sends no resets. */
const SILENCE_MS = 2_000;
const RETRY_MS = 300;
/** Twice as many as a group can have members; whoever comes after that is turned away before it costs anything. */
const MOST_CONNECTIONS = 2_000;
/** More than this unsent means that nobody takes it. */
const MOST_WAITING_BYTES = 256 * 1024;

export interface PeersOptions {
  readonly node: string;
  readonly credentials: () => Credentials | undefined;
  readonly isMember: (name: string) => boolean;
  readonly addressOf: (
    name: string,
  ) => { readonly host: string; readonly port: number } | undefined;
  readonly onMessage: (from: string, message: NodeMessage) => void;
  readonly onRefused: (reason: string) => void;
  readonly mostConnections?: number;
}

interface Link {
  readonly socket: TLSSocket;
  isOpen: boolean;
  /** When something came back last. */
  heardMs: number;
}

/**
 * What guards say to each other: mutual TLS under the platform's node authority, one line of JSON a message, and an
 * empty line back for each, so that whoever sends notices that nobody listens. Messages are given up rather than kept.
 */
export class Peers implements Transport {
  readonly #options: PeersOptions;
  readonly #links = new Map<string, Link>();
  readonly #incoming = new Set<TLSSocket>();
  #server: Server | undefined;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** The port; another than the one wanted when that is taken. */
  async listen(host: string, port: number): Promise<number> {
    const credentials = this.#options.credentials();
    if (credentials === undefined) throw new Error("a node without a certificate has no peers");
    const { certificate: cert, key, authority: ca } = credentials;
    const server = createServer(
      {
        cert,
        key,
        ca,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: "TLSv1.3",
        ALPNProtocols: [GUARD_PROTOCOL],
        handshakeTimeout: 5_000,
      },
      (socket) => this.#accept(socket),
    );
    server.maxConnections = this.#options.mostConnections ?? MOST_CONNECTIONS;
    server.on("tlsClientError", ({ message }) => this.#options.onRefused(message));
    server.on("drop", () => this.#options.onRefused("there are too many connections"));
    this.#server = server;
    try {
      return await listening(server, host, port);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
      return listening(server, host, 0);
    }
  }

  /** After a renewal: what is shown from now on. */
  renew(): void {
    const credentials = this.#options.credentials();
    if (credentials === undefined) return;
    const { certificate: cert, key, authority: ca } = credentials;
    this.#server?.setSecureContext({ cert, key, ca, minVersion: "TLSv1.3" });
  }

  send(to: string, message: NodeMessage): void {
    const link = this.#links.get(to) ?? this.#open(to);
    if (link?.isOpen !== true) return;
    const isDeaf = performance.now() - link.heardMs > SILENCE_MS;
    if (isDeaf || link.socket.writableLength > MOST_WAITING_BYTES) link.socket.destroy();
    else link.socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#server?.close();
    for (const { socket } of this.#links.values()) socket.destroy();
    for (const socket of this.#incoming) socket.destroy();
  }

  #open(to: string): Link | undefined {
    const address = this.#options.addressOf(to);
    const credentials = this.#options.credentials();
    if (address === undefined || credentials === undefined) return undefined;
    const peer = { kind: "node", name: to } as const;
    const socket = connect({
      ...address,
      cert: credentials.certificate,
      key: credentials.key,
      ca: credentials.authority,
      servername: hostOf(peer),
      ALPNProtocols: [GUARD_PROTOCOL],
      minVersion: "TLSv1.3",
      checkServerIdentity: (_, certificate) => wrongPeer(peer, certificate),
    });
    const link: Link = { socket, isOpen: false, heardMs: performance.now() };
    this.#links.set(to, link);
    socket.setNoDelay(true);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    const heard = (): void => void (link.heardMs = performance.now());
    socket.once("secureConnect", () => {
      link.isOpen = true;
      heard();
    });
    socket.on("data", heard);
    socket.on("error", () => {});
    socket.once("close", () => {
      link.isOpen = false;
      setTimeout(() => this.#links.delete(to), RETRY_MS).unref();
    });
    return link;
  }

  #accept(socket: TLSSocket): void {
    const peer = peerOf(socket.getPeerCertificate());
    socket.on("error", () => {});
    if (peer?.kind !== "node" || !this.#options.isMember(peer.name)) {
      this.#options.onRefused(`${peer?.kind ?? "a stranger"} is no node of this group`);
      socket.destroy();
      return;
    }
    this.#incoming.add(socket);
    socket.once("close", () => this.#incoming.delete(socket));
    socket.setNoDelay(true);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    const lines = new LineSplitter();
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const line of lines.push(chunk))
          this.#options.onMessage(peer.name, parseNodeMessage(line));
        socket.write("\n");
      } catch (error) {
        this.#options.onRefused(error instanceof Error ? error.message : String(error));
        socket.destroy();
      }
    });
  }
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
