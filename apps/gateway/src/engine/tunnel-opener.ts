import { Duplex } from "node:stream";
import { Tunneller, type TunnelTarget } from "@bastide/peer-tls";
import { peerCredentialsIn } from "./peer-credentials.ts";

/** Opens connections to instances on other nodes, for pools that ask in Node's own way. */
export class TunnelOpener {
  readonly #tunneller: Tunneller;
  readonly #timeoutMs: number;

  /** `directory`: where the certificate is by which other nodes know this gateway; without one none is reached. */
  constructor(directory: string | undefined, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#tunneller = new Tunneller(
      directory === undefined
        ? () => {
            throw new Error("a gateway alone has no certificate to show to nodes");
          }
        : peerCredentialsIn(directory),
    );
  }

  open(target: TunnelTarget, made: (error: Error | null, socket: Duplex) => void): void {
    this.#tunneller.open(target, this.#timeoutMs).then(
      (socket) => made(null, socket),
      (error: Error) => made(error, new Duplex()),
    );
  }
}
