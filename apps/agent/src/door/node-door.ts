import { connect } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import {
  CALL_PROTOCOL,
  type Credentials,
  instanceOf,
  type Peer,
  peerOf,
  TUNNEL_IS_OPEN,
  TUNNEL_PROTOCOL,
} from "@bastide/peer-tls";
import type { AgentApi } from "../api/agent-api.ts";
import type { NodeIdentity } from "../identity/node-identity.ts";
import type { Journal } from "../journal/journal.ts";

const HANDSHAKE_MS = 10_000;
const CONNECT_MS = 5_000;

export interface NodeDoorOptions {
  readonly identity: Pick<NodeIdentity, "credentials" | "onRenewed">;
  readonly api: Pick<AgentApi, "accept">;
  /** Where an instance of this node listens; undefined for one that is not here, or does not listen. */
  readonly addressOf: (
    instance: string,
  ) => { readonly host: string; readonly port: number } | undefined;
  readonly journal: Journal;
}

/**
 * The one way into a node from other machines: mutual TLS under the platform's own authority. The control plane calls
 * the agent's API; a gateway asks for an instance by the server name and gets a connection to it, its bytes and nothing
 * of ours around them. Instances themselves listen where only this node reaches them.
 */
export class NodeDoor {
  readonly #options: NodeDoorOptions;
  readonly #server: Server;
  readonly #open = new Set<TLSSocket>();

  constructor(options: NodeDoorOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        ...contextOf(options.identity.credentials),
        requestCert: true,
        rejectUnauthorized: true,
        ALPNProtocols: [TUNNEL_PROTOCOL, CALL_PROTOCOL],
        handshakeTimeout: HANDSHAKE_MS,
        allowHalfOpen: true,
      },
      (socket) => this.#accept(socket),
    );
    // A handshake that fails is a stranger's, or one of an authority that was replaced: said once per connection.
    this.#server.on("tlsClientError", (error, { remoteAddress }) =>
      options.journal.warn("a connection to this node's door was refused", {
        from: remoteAddress,
        reason: error.message,
      }),
    );
    options.identity.onRenewed(() =>
      this.#server.setSecureContext(contextOf(options.identity.credentials)),
    );
  }

  /** The URL at which the control plane calls, whose address is the one for tunnels too. */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        const address = this.#server.address();
        const bound = typeof address === "object" && address ? address.port : port;
        resolve(`https://${host.includes(":") ? `[${host}]` : host}:${bound}`);
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: TLSSocket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    socket.on("error", () => {});
    const peer = peerOf(socket.getPeerCertificate());
    const { alpnProtocol, servername } = socket;
    if (alpnProtocol === TUNNEL_PROTOCOL && peer?.kind === "gateway")
      return this.#lead(socket, instanceOf(String(servername)));
    if (alpnProtocol !== TUNNEL_PROTOCOL && peer?.kind === "control")
      return this.#options.api.accept(socket);
    this.#refuse(socket, peer);
  }

  /** An instance that is not here, or not listening: the connection breaks, and the gateway tries another. */
  #lead(socket: TLSSocket, instance: string | undefined): void {
    const address = this.#options.addressOf(instance ?? "");
    if (!address) return void socket.destroy();
    const inside = connect({ ...address, allowHalfOpen: true, noDelay: true });
    const end = (): void => {
      socket.destroy();
      inside.destroy();
    };
    const timer = setTimeout(end, CONNECT_MS);
    inside.once("connect", () => {
      clearTimeout(timer);
      socket.write(Buffer.of(TUNNEL_IS_OPEN));
      socket.pipe(inside);
      inside.pipe(socket);
    });
    inside.once("error", end);
    inside.once("close", () => {
      clearTimeout(timer);
      if (inside.readableEnded) socket.destroySoon();
      else socket.destroy();
    });
    socket.once("close", () => inside.destroy());
    socket.setNoDelay(true);
  }

  #refuse(socket: TLSSocket, peer: Peer | undefined): void {
    this.#options.journal.warn("a peer may not do here what it asked for", {
      from: socket.remoteAddress,
      peer: peer?.kind ?? "unknown",
      protocol: socket.alpnProtocol,
    });
    socket.destroy();
  }
}

const contextOf = ({ certificate, key, authority }: Credentials) =>
  ({ cert: certificate, key, ca: authority, minVersion: "TLSv1.3" }) as const;
