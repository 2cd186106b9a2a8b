import { randomBytes } from "node:crypto";

/** Payload lengths that say "the next 2 (or 8) bytes have it" (RFC 6455 §5.2). */
const LENGTH_OF_2 = 126;
const LENGTH_OF_8 = 127;
const MASKED = 0x80;
/** FIN and the opcode of a closing frame. */
const CLOSE = 0x88;
/** RFC 6455 §7.4.1: "a policy was violated", also where the details are nobody's business. */
const POLICY_VIOLATION = 1008;
/** A control frame's payload has 125 bytes at most, two of them for the code (RFC 6455 §5.5). */
const MOST_WHY = 123;

/** Follows where frames begin and end in one direction of a WebSocket, so that one can be put between two. */
export class WebSocketFrames {
  /** Bytes of the payload that are to come. */
  #left = 0;
  /** The beginning of a frame's header: 14 bytes at most. */
  #header: number[] = [];

  /** Whether the next byte begins a frame. */
  get isBetween(): boolean {
    return this.#left === 0 && this.#header.length === 0;
  }

  pass(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const skipped = Math.min(this.#left, bytes.length - at);
      this.#left -= skipped;
      at += skipped;
      if (at < bytes.length) this.#take(bytes[at++] ?? 0);
    }
  }

  #take(byte: number): void {
    this.#header.push(byte);
    const [, second] = this.#header;
    if (second === undefined || this.#header.length < headerLength(second)) return;
    this.#left = payloadLength(this.#header);
    this.#header = [];
  }
}

const bytesOfLength = (second: number): number =>
  ({ [LENGTH_OF_2]: 2, [LENGTH_OF_8]: 8 })[second & ~MASKED] ?? 0;

const headerLength = (second: number): number =>
  2 + bytesOfLength(second) + (second & MASKED ? 4 : 0);

function payloadLength([, second = 0, ...rest]: readonly number[]): number {
  const count = bytesOfLength(second);
  if (count === 0) return second & ~MASKED;
  return rest.slice(0, count).reduce((length, byte) => length * 256 + byte, 0);
}

/** A closing frame with 1008; `to` a server it is masked (RFC 6455 §5.3). `why` in ASCII, 123 bytes at most. */
export function closingFrame(to: "client" | "server", why: string): Buffer {
  const body = Buffer.alloc(2 + Math.min(why.length, MOST_WHY));
  body.writeUInt16BE(POLICY_VIOLATION);
  body.write(why, 2, "ascii");
  if (to === "client") return Buffer.concat([Buffer.from([CLOSE, body.length]), body]);
  const mask = randomBytes(4);
  const masked = body.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return Buffer.concat([Buffer.from([CLOSE, MASKED | body.length]), mask, masked]);
}
