import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type SecureContext, type Server, type TLSSocket } from "node:tls";
import type { ServedCertificate } from "./certificate-table.ts";
import type { ClientHello } from "./client-hello.ts";
import type { HandshakeFailure, Metrics } from "../observe/metrics.ts";
import { proofOf } from "./client-identity.ts";
import { awaitHello, refuseName } from "./first-bytes.ts";
import { SecureContexts } from "./secure-contexts.ts";
import type { TlsState } from "./tls-state.ts";

/** Contexts kept ready; each takes some 30 kB. */
const MOST_CONTEXTS = 2_000;
/** RFC 8737 §6.2. */
const ACME = "acme-tls/1";

/** Who counts how handshakes end. */
export type HandshakeCounts = Pick<Metrics, "shookHands" | "handshakeEnded" | "presented">;

export interface HandshakeParts {
  readonly state: TlsState;
  /** PEM of those whose certificates a host wants of clients; none when it asks for no certificate. */
  readonly clientAuthoritiesFor: (host: string) => readonly string[];
  /** What sessions are resumed by (48 bytes): every process of a gateway has the same. */
  readonly ticketKeys: Buffer;
  /** From the connection to the end of the handshake, and so for each part of it. */
  readonly timeoutMs: number;
  readonly counts: HandshakeCounts;
  /** A connection whose handshake is done. */
  readonly onSecure: (socket: TLSSocket) => void;
}

/**
 * Takes new connections through their handshakes: reads which name the client asks for, then lets a server answer that
 * asks the client for a certificate or not, as the name's routes want it. A name without a certificate is refused by an
 * alert, and never shown another name's certificate.
 */
export class Handshakes {
  readonly #parts: HandshakeParts;
  readonly #contexts = new SecureContexts(MOST_CONTEXTS);
  readonly #open: Server;
  readonly #withClientCertificate: Server;
  readonly #acme: Server;
  #default: ServedCertificate | undefined;

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
    const { onSecure, ticketKeys, counts } = parts;
    this.#open = this.#server(["h2", "http/1.1"], { ticketKeys });
    this.#withClientCertificate = this.#server(["h2", "http/1.1"], {
      requestCert: true,
      // The route says what follows from a certificate that does not verify, in words.
      rejectUnauthorized: false,
      // A resumed session would not bring the client's chain along, and outlive a change of the authorities.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    this.#acme = this.#server([ACME], {});
    this.#withClientCertificate.on("secureConnection", (socket) =>
      counts.presented(proofOf(socket).kind),
    );
    for (const server of [this.#open, this.#withClientCertificate])
      server.on("secureConnection", (socket) => {
        counts.shookHands(socket.getProtocol());
        onSecure(socket);
      });
    // The handshake is the whole answer.
    this.#acme.on("secureConnection", (socket) => {
      counts.handshakeEnded("acme");
      socket.end();
    });
    parts.state.onChange(() => this.#useDefault());
    this.#useDefault();
  }

  begin(socket: Socket): void {
    socket.on("error", () => {});
    const { timeoutMs, counts } = this.#parts;
    awaitHello(
      socket,
      timeoutMs,
      (hello) => this.#answer(socket, hello),
      (outcome) => counts.handshakeEnded(outcome),
    );
  }

  #answer(socket: Socket, hello: ClientHello): void {
    const { state, clientAuthoritiesFor } = this.#parts;
    const { serverName } = hello;
    if (hello.protocols.includes(ACME)) {
      if (state.certificates.challenge(serverName)) this.#acme.emit("connection", socket);
      else this.#refuse(socket);
      return;
    }
    if (!state.find(serverName)) return this.#refuse(socket);
    const asks = serverName !== undefined && clientAuthoritiesFor(serverName).length > 0;
    (asks ? this.#withClientCertificate : this.#open).emit("connection", socket);
  }

  #refuse(socket: Socket): void {
    this.#parts.counts.handshakeEnded("unrecognized-name");
    refuseName(socket);
  }

  #server(protocols: readonly string[], more: Parameters<typeof createServer>[0] & object): Server {
    const server = createServer({
      minVersion: "TLSv1.2",
      ALPNProtocols: [...protocols],
      handshakeTimeout: this.#parts.timeoutMs,
      SNICallback: (name, done) =>
        done(null, this.#contextFor(name.toLowerCase().replace(/\.$/, ""), protocols)),
      ...more,
    });
    // Clients that break off, or want what we do not speak; their sockets are closed already.
    server.on("tlsClientError", (error, socket) => {
      this.#parts.counts.handshakeEnded(failureOf(error));
      socket.destroy();
    });
    return server;
  }

  /** The table may have changed since the name was read: then there may be nothing, and the handshake fails. */
  #contextFor(name: string, protocols: readonly string[]): SecureContext | undefined {
    const { state, clientAuthoritiesFor } = this.#parts;
    const certificate = protocols.includes(ACME)
      ? state.certificates.challenge(name)
      : state.find(name);
    return certificate && this.#contexts.of(certificate, clientAuthoritiesFor(name));
  }

  /** Only a client that names no host gets it. */
  #useDefault(): void {
    const certificate = this.#parts.state.find(undefined);
    if (!certificate || certificate === this.#default) return;
    this.#default = certificate;
    this.#open.setSecureContext({
      cert: certificate.chain,
      key: certificate.key,
      minVersion: "TLSv1.2",
      ticketKeys: this.#parts.ticketKeys,
    });
  }
}

/** How Node says that a handshake took too long, or that its client left. */
const FAILURES: Readonly<Record<string, HandshakeFailure>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: "timeout",
  ECONNRESET: "closed",
};

const failureOf = (error: Error): HandshakeFailure =>
  FAILURES["code" in error ? String(error.code) : ""] ?? "failed";
