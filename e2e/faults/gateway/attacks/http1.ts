import type { Socket } from "node:net";
import { BIG } from "../../../src/index.ts";
import { type Attack, type Attacks, dial, dialSecure, held, type Target } from "./hostile.ts";

/** What a client sends at first, and again and again. */
interface Bytes {
  readonly first: (target: Target) => string;
  readonly drip?: (round: number) => string;
  /** Does not read what it is sent. */
  readonly isDeaf?: boolean;
  /** Ends its side at once and goes on to read. */
  readonly halfCloses?: boolean;
  /** Asks for the host whose app breaks off. */
  readonly wantsBroken?: boolean;
}

const get = ({ host }: Target, path = "/"): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n`;

const FLOOD = "X-Flood: aaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000);

const BYTES: Readonly<Record<string, Bytes>> = {
  "slow loris": { first: (target) => get(target), drip: (round) => `X-${round}: a\r\n` },
  "slow body": {
    first: ({ host }) => `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`,
  },
  "slow read": { first: (target) => `${get(target, BIG)}\r\n`.repeat(3), isDeaf: true },
  "header flood": { first: (target) => `${get(target)}${FLOOD}` },
  "nonsense bytes": { first: () => "\u0000\u0001\u0002 nonsense\r\n\r\n" },
  "half-closed sockets": { first: (target) => `${get(target)}\r\n`, halfCloses: true },
  "reset by the app in mid-body": {
    first: ({ brokenHost }) => `GET / HTTP/1.1\r\nHost: ${brokenHost}\r\n\r\n`,
    wantsBroken: true,
  },
};

/** Each of them over plain HTTP. */
export const HTTP1_ATTACKS: Attacks = over("HTTP/1.1", "", ({ port }) => dial(port));

/** The same behind a handshake. */
export const HTTPS_ATTACKS: Attacks = over("HTTPS", "HTTPS ", (target, { wantsBroken }) =>
  dialSecure(target, wantsBroken === true ? { servername: target.brokenHost } : {}),
);

function over(
  crowd: Attack["crowd"],
  prefix: string,
  dialled: (target: Target, bytes: Bytes) => Socket,
): Attacks {
  const all = Object.entries(BYTES).map(([name, bytes]): [string, Attack] => [
    `${prefix}${name}`,
    { crowd, run: (target, signal) => send(bytes, target, dialled(target, bytes), signal) },
  ]);
  return Object.fromEntries(all);
}

function send(bytes: Bytes, target: Target, socket: Socket, signal: AbortSignal): Promise<void> {
  const { first, drip, isDeaf = false, halfCloses = false } = bytes;
  if (isDeaf) socket.pause();
  else socket.resume();
  socket.write(first(target));
  if (halfCloses) socket.end();
  return held(socket, signal, (round) => drip && socket.write(drip(round)));
}
