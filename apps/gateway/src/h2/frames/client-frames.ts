import { constants } from "node:http2";
import { FLAG, FRAME, type FrameHead, has, streamIn } from "./frame-head.ts";
import { NOTICE_PING } from "./shutdown-notice.ts";

/** What is remembered of streams that their clients left open: of more than that the oldest are forgotten. */
const MOST_REMEMBERED = 1_000;
const LARGEST_WINDOW = 2 ** 31 - 1;
/** Of a stream, until the client's settings say another (RFC 9113 §6.5.2). */
const FIRST_WINDOW = 65_535;
const SETTING_BYTES = 6;
const PING_BYTES = 8;
const INITIAL_WINDOW_SIZE = 4;
/** Settings that are read; nobody has more than a dozen. */
const MOST_SETTINGS = 100;

/** What becomes of one frame. `noticed`: it answers the shutdown notice. `end` ends the connection, `reset` its stream, both with an error of RFC 9113 §7. */
export type Verdict =
  | { readonly kind: "pass" | "drop" | "noticed" }
  | { readonly kind: "end" | "reset"; readonly error: number };

const PASS: Verdict = { kind: "pass" };
const DROP: Verdict = { kind: "drop" };
const NOTICED: Verdict = { kind: "noticed" };
const CLOSED: Verdict = { kind: "end", error: constants.NGHTTP2_STREAM_CLOSED };
const PROTOCOL: Verdict = { kind: "end", error: constants.NGHTTP2_PROTOCOL_ERROR };
const OVERFLOW: Verdict = { kind: "reset", error: constants.NGHTTP2_FLOW_CONTROL_ERROR };

/**
 * What nghttp2 and Node let pass of a client's frames, or answer with more than is asked for. It looks at frames one by
 * one and knows nothing of the server's: a client is held to what it has said itself, so that frames which crossed the
 * server's are never taken for faults.
 */
export class ClientFrames {
  /** Bytes that were sent to the client so far, whatever they were. */
  readonly #sentBytes: () => number;
  /** The greatest stream that the client has opened. */
  #last = 0;
  /** Streams that the client has opened and not ended. */
  readonly #open = new Set<number>();
  /** Streams below the greatest that were never opened, as ranges of odd numbers. */
  readonly #passedBy: { readonly from: number; readonly to: number }[] = [];
  #firstWindow = FIRST_WINDOW;
  /** What the client has added to the windows of streams. */
  readonly #added = new Map<number, number>();

  constructor(sentBytes: () => number) {
    this.#sentBytes = sentBytes;
  }

  /** Whether a frame is judged by its payload as well, which has so many bytes. */
  static payloadBytes({ type, length }: FrameHead): number {
    // Of another length it is nghttp2 that says so.
    return (LENGTHS.get(type)?.(length) ?? false) ? length : 0;
  }

  /** `payload` is as long as `payloadBytes` says. */
  judge(head: FrameHead, payload: Buffer): Verdict {
    switch (head.type) {
      case FRAME.headers:
        return this.#onHeaders(head);
      case FRAME.data:
        return this.#onData(head);
      case FRAME.resetStream:
        this.#forget(head.stream);
        return PASS;
      case FRAME.priority:
        return onPriority(head, payload);
      case FRAME.ping:
        return onPing(head, payload);
      case FRAME.windowUpdate:
        return this.#onWindow(head, payload);
      case FRAME.settings:
        this.#onSettings(payload);
        return PASS;
      default:
        return PASS;
    }
  }

  #onHeaders(head: FrameHead): Verdict {
    const { stream } = head;
    if (stream % 2 === 0) return PASS;
    if (stream > this.#last) this.#begin(stream);
    else if (!this.#open.has(stream)) return this.#wasPassedBy(stream) ? PROTOCOL : CLOSED;
    if (has(head, FLAG.endStream)) this.#open.delete(stream);
    return PASS;
  }

  #onData(head: FrameHead): Verdict {
    const { stream } = head;
    if (!this.#open.has(stream)) return this.#hasEnded(stream) ? CLOSED : PASS;
    if (has(head, FLAG.endStream)) this.#open.delete(stream);
    return PASS;
  }

  /** RFC 9113 §6.9.1. What was sent to all streams is more than to this one: the window is at least so large. */
  #onWindow({ stream }: FrameHead, payload: Buffer): Verdict {
    if (stream === 0 || payload.length === 0) return PASS;
    const added = (this.#added.get(stream) ?? 0) + streamIn(payload, 0);
    if (this.#firstWindow + added - this.#sentBytes() > LARGEST_WINDOW) {
      this.#added.delete(stream);
      return OVERFLOW;
    }
    this.#added.set(stream, added);
    dropOldest(this.#added);
    return PASS;
  }

  #onSettings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += SETTING_BYTES)
      if (payload.readUInt16BE(at) === INITIAL_WINDOW_SIZE)
        this.#firstWindow = payload.readUInt32BE(at + 2);
  }

  #begin(stream: number): void {
    if (stream > this.#last + 2) this.#passBy(this.#last + 1, stream - 1);
    this.#last = stream;
    this.#open.add(stream);
    dropOldest(this.#open);
  }

  #forget(stream: number): void {
    this.#open.delete(stream);
    this.#added.delete(stream);
  }

  #passBy(from: number, to: number): void {
    this.#passedBy.push({ from, to });
    if (this.#passedBy.length > MOST_REMEMBERED) this.#passedBy.shift();
  }

  #wasPassedBy(stream: number): boolean {
    return this.#passedBy.some(({ from, to }) => stream >= from && stream <= to);
  }

  #hasEnded(stream: number): boolean {
    return stream % 2 === 1 && stream <= this.#last && !this.#wasPassedBy(stream);
  }
}

/** How long the payload of a frame is that is judged by it. */
const LENGTHS: ReadonlyMap<number, (length: number) => boolean> = new Map([
  [FRAME.priority, (length) => length === 5],
  [FRAME.ping, (length) => length === PING_BYTES],
  [FRAME.windowUpdate, (length) => length === 4],
  [
    FRAME.settings,
    (length) => length % SETTING_BYTES === 0 && length <= MOST_SETTINGS * SETTING_BYTES,
  ],
]);

/** Of the connection (RFC 9113 §6.3), or a stream that is to wait for itself (RFC 7540 §5.3.1). */
function onPriority({ stream }: FrameHead, payload: Buffer): Verdict {
  if (stream === 0) return PROTOCOL;
  return payload.length > 0 && streamIn(payload, 0) === stream ? PROTOCOL : PASS;
}

/**
 * Answers are all kept from Node, which never asks: it would end the connection where RFC 9113 §6.7 asks for no answer to an
 * answer.
 */
function onPing(head: FrameHead, payload: Buffer): Verdict {
  if (!has(head, FLAG.ack) || head.stream !== 0 || head.length !== PING_BYTES) return PASS;
  return payload.equals(NOTICE_PING) ? NOTICED : DROP;
}

/** A Set or a Map keeps the order in which things came. */
function dropOldest(kept: Set<number> | Map<number, number>): void {
  if (kept.size <= MOST_REMEMBERED) return;
  for (const oldest of kept.keys()) return void kept.delete(oldest);
}
