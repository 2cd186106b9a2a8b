import { ClientFrames, type Verdict } from "./client-frames.ts";
import { type FrameHead, HEAD_BYTES, headAt, PREFACE_BYTES } from "./frame-head.ts";

/** Who carries out what is said of frames; called when all that came before the frame was passed on. */
export interface FrameUser {
  pass(bytes: Buffer): void;
  /** Nothing is passed on after it. */
  end(error: number): void;
  reset(stream: number, error: number): void;
  /** The client has read the shutdown notice, or says so. */
  noticed(): void;
}

/** In the bytes at hand: all before `at` is decided on, and what of that is not passed on yet begins at `from`. */
interface Place {
  at: number;
  from: number;
}

/** Reads a client's frames as they come in pieces, and passes on what `ClientFrames` lets pass, byte for byte. */
export class FrameFilter {
  readonly #frames: ClientFrames;
  readonly #user: FrameUser;
  /** Of a payload that nobody looks at, and of the preface: bytes that are still to come. */
  #left = PREFACE_BYTES;
  #isPassed = true;
  /** The beginning of a frame that is to be looked at and has not come whole. */
  #held: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(frames: ClientFrames, user: FrameUser) {
    this.#frames = frames;
    this.#user = user;
  }

  take(chunk: Buffer): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const place = { at: 0, from: 0 };
    while (!this.#isOver && this.#step(bytes, place));
    if (this.#isOver) return;
    this.#pass(bytes, place.from, place.at);
    this.#held = bytes.subarray(place.at);
  }

  /** Goes on to the next frame or to the end of the bytes; false when more of them have to come. */
  #step(bytes: Buffer, place: Place): boolean {
    if (place.at === bytes.length) return false;
    if (this.#left > 0) this.#skip(bytes, place);
    else if (!this.#judge(bytes, place)) return false;
    return true;
  }

  #skip(bytes: Buffer, place: Place): void {
    const length = Math.min(this.#left, bytes.length - place.at);
    this.#left -= length;
    place.at += length;
    if (!this.#isPassed) place.from = place.at;
  }

  #judge(bytes: Buffer, place: Place): boolean {
    const { at } = place;
    const there = bytes.length - at;
    if (there < HEAD_BYTES) return false;
    const head = headAt(bytes, at);
    const looked = HEAD_BYTES + ClientFrames.payloadBytes(head);
    if (there < looked) return false;
    const verdict = this.#frames.judge(head, bytes.subarray(at + HEAD_BYTES, at + looked));
    this.#isPassed = verdict.kind === "pass";
    place.at += looked;
    this.#left = HEAD_BYTES + head.length - looked;
    if (this.#isPassed) return true;
    this.#pass(bytes, place.from, at);
    place.from = place.at;
    this.#carryOut(head, verdict);
    return true;
  }

  #carryOut({ stream }: FrameHead, verdict: Verdict): void {
    if (verdict.kind === "noticed") this.#user.noticed();
    if (verdict.kind === "reset") this.#user.reset(stream, verdict.error);
    if (verdict.kind !== "end") return;
    this.#isOver = true;
    this.#user.end(verdict.error);
  }

  #pass(bytes: Buffer, from: number, to: number): void {
    if (to > from)
      this.#user.pass(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
  }
}
