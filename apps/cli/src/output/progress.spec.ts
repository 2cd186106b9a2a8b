import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Progress } from "./progress.ts";

const CLEAR = "\r\u001B[K";

/** Keeps what is written to it, write by write. */
class Kept extends Writable {
  readonly writes: string[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.writes.push(chunk.toString());
    done();
  }
}

describe("progress", () => {
  let stream: Kept;

  beforeEach(() => {
    stream = new Kept();
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  describe("without a terminal", () => {
    const begin = () => new Progress(stream, { quiet: false, interactive: false }).begin("build");

    it("is one line of what ends within a second", () => {
      const phase = begin();
      vi.advanceTimersByTime(900);
      phase.done();
      vi.advanceTimersByTime(60_000);
      expect(stream.writes).toEqual(["✓ build  0.90 s\n"]);
    });

    it("says after a second that a phase goes on, and then seldom", () => {
      const phase = begin();
      vi.advanceTimersByTime(1_000);
      expect(stream.writes).toEqual(["… build  1.00 s so far\n"]);
      phase.update("npm ci");
      vi.advanceTimersByTime(20_000);
      phase.failed("no network");
      expect(stream.writes.slice(1)).toEqual([
        "… build  npm ci  11.0 s so far\n",
        "… build  npm ci  21.0 s so far\n",
        "✗ build  21.0 s  no network\n",
      ]);
    });
  });

  describe("on a terminal", () => {
    it("turns ten times a second in one line, which its end takes the place of", () => {
      const phase = new Progress(stream, { quiet: false, interactive: true }).begin("build");
      vi.advanceTimersByTime(1_000);
      expect(stream.writes).toHaveLength(10);
      expect(stream.writes[0]).toBe(`${CLEAR}⠋ build  0.10 s`);
      expect(stream.writes[1]).toBe(`${CLEAR}⠙ build  0.20 s`);
      phase.update("npm ci");
      vi.advanceTimersByTime(100);
      expect(stream.writes.at(-1)).toBe(`${CLEAR}⠋ build  npm ci  1.10 s`);
      phase.done();
      vi.advanceTimersByTime(1_000);
      expect(stream.writes.slice(11)).toEqual([CLEAR, "✓ build  1.10 s  npm ci\n"]);
    });
  });

  it("says nothing at all where it is to be quiet", () => {
    for (const interactive of [true, false]) {
      const phase = new Progress(stream, { quiet: true, interactive }).begin("build");
      vi.advanceTimersByTime(30_000);
      phase.done();
    }
    expect(stream.writes).toEqual([]);
  });
});
