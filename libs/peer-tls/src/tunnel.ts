import { createSecureContext, connect, type SecureContext, type TLSSocket } from "node:tls";
import type { Credentials } from "./credentials.ts";
import { instanceServerName, TUNNEL_PROTOCOL } from "./names.ts";
import { wrongPeer } from "./secure-fetch.ts";

/** What an agent says first, once the instance took the connection. Until then nothing has reached it. */
export const TUNNEL_IS_OPEN = 0x01;

/** An instance on another machine: the address of that node's agent, and who it must prove to be. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  readonly node: string;
  readonly instance: string;
}

/** Opens connections to instances on other machines, through the doors of their nodes. */
export class Tunneller {
  readonly #credentials: () => Credentials;
  #known: { readonly certificate: string; readonly context: SecureContext } | undefined;

  /** `credentials` is asked for each connection, and may throw: they are renewed under our feet. */
  constructor(credentials: () => Credentials) {
    this.#credentials = credentials;
  }

  /**
   * A connection that the instance has taken: its bytes and nothing else. Rejects when the node does not answer, proves
   * to be somebody else or has no such instance that listens, or when it all takes longer than `timeoutMs`; nothing
   * that the caller wants to send has left then.
   */
  open(target: TunnelTarget, timeoutMs: number): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = this.#connect(target);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new Error(`node ${target.node} did not lead there within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const closed = (): void => fail(new Error(`node ${target.node} does not lead there`));
      socket.on("error", fail);
      socket.once("close", closed);
      const first = (): void => {
        const byte: unknown = socket.read(1);
        if (!(byte instanceof Buffer)) return;
        clearTimeout(timer);
        socket.off("readable", first);
        socket.off("close", closed);
        socket.off("error", fail);
        if (byte[0] === TUNNEL_IS_OPEN) resolve(socket);
        else fail(new Error(`node ${target.node} speaks another protocol`));
      };
      socket.on("readable", first);
    });
  }

  #connect({ host, port, node, instance }: TunnelTarget): TLSSocket {
    return connect({
      host,
      port,
      secureContext: this.#context(),
      servername: instanceServerName(instance),
      ALPNProtocols: [TUNNEL_PROTOCOL],
      minVersion: "TLSv1.3",
      checkServerIdentity: (_, certificate) => wrongPeer({ kind: "node", name: node }, certificate),
    })
      .setNoDelay(true)
      .setKeepAlive(true);
  }

  #context(): SecureContext {
    const { certificate, key, authority } = this.#credentials();
    if (this.#known?.certificate === certificate) return this.#known.context;
    const context = createSecureContext({ cert: certificate, key, ca: authority });
    this.#known = { certificate, context };
    return context;
  }
}
