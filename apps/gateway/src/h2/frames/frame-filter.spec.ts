import fc from "fast-check";
import { expect, it } from "vitest";
import { ClientFrames } from "./client-frames.ts";
import { FrameFilter } from "./frame-filter.ts";
import { FLAG, FRAME } from "./frame-head.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** What a filter passes on and says of bytes that come in pieces of these lengths, again and again. */
function filtered(bytes: Buffer, lengths: readonly number[]) {
  const passed: Buffer[] = [];
  const said: unknown[] = [];
  const filter = new FrameFilter(new ClientFrames(() => 0), {
    pass: (some) => passed.push(Buffer.from(some)),
    end: (error) => said.push({ end: error, after: Buffer.concat(passed).length }),
    reset: (stream, error) => said.push({ reset: stream, error }),
    noticed: () => said.push("noticed"),
  });
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1;
    filter.take(bytes.subarray(at, at + length));
    at += length;
  }
  return { passed: Buffer.concat(passed), said };
}

const frames = fc
  .array(
    fc.record({
      type: fc.integer({ min: 0, max: 10 }),
      flags: fc.integer({ min: 0, max: 255 }),
      stream: fc.integer({ min: 0, max: 9 }),
      payload: fc.uint8Array({ maxLength: 40 }),
    }),
    { maxLength: 30 },
  )
  .map((all) =>
    Buffer.concat([
      PREFACE,
      ...all.map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload)),
    ]),
  );
const pieces = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 8 });

it("says and passes on the same, however the bytes are cut", () => {
  fc.assert(
    fc.property(frames, pieces, (bytes, lengths) => {
      expect(filtered(bytes, lengths)).toEqual(filtered(bytes, [bytes.length]));
    }),
  );
});

it("passes on what is right byte for byte, and a payload that is cut short as far as it has come", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), pieces, (payload, lengths) => {
      const bytes = Buffer.concat([PREFACE, frame(1, 5, 1, payload), frame(250, 1, 0, payload)]);
      const cut = bytes.subarray(0, bytes.length - Math.ceil(payload.length / 2));
      expect(filtered(cut, lengths)).toEqual({ passed: cut, said: [] });
    }),
  );
});

it("takes one frame out and leaves its neighbours, and passes nothing on behind an end", () => {
  const [before, answer, after] = [
    frame(1, 5, 1, Buffer.from("one")),
    frame(6, 1, 0, Buffer.alloc(8)),
    frame(1, 5, 3, Buffer.from("two")),
  ];
  const wrong = frame(2, 0, 0, Buffer.alloc(5));
  const { passed, said } = filtered(
    Buffer.concat([PREFACE, before, answer, after, wrong, frame(1, 5, 5, Buffer.from("three"))]),
    [7],
  );
  expect(passed).toEqual(Buffer.concat([PREFACE, before, after]));
  expect(said).toEqual([{ end: 1, after: passed.length }]);
});

it("says that the shutdown notice was noticed when all before that was passed on", () => {
  const answer = frame(FRAME.ping, FLAG.ack, 0, Buffer.from("goodbye!"));
  const [before, after] = [
    frame(FRAME.data, 0, 1, Buffer.from("a")),
    frame(FRAME.data, 0, 1, Buffer.from("b")),
  ];
  const { passed, said } = filtered(Buffer.concat([PREFACE, before, answer, after]), [7]);
  expect(said).toEqual(["noticed"]);
  expect(passed).toEqual(Buffer.concat([PREFACE, before, after]));
});
