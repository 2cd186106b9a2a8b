import fc from "fast-check";
import { expect, it } from "vitest";
import { closingFrame, WebSocketFrames } from "./web-socket-frames.ts";

const LENGTHS = fc.oneof(
  fc.integer({ min: 0, max: 130 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536),
);

/** Frames as RFC 6455 §5.2 draws them. */
const framesOf = (lengths: readonly number[], mask: boolean): Buffer[] =>
  lengths.map((length) => {
    const long = length > 65_535 ? 8 : length > 125 ? 2 : 0;
    const said = long === 0 ? length : long === 2 ? 126 : 127;
    const head = Buffer.alloc(2 + long + (mask ? 4 : 0), 0xaa);
    head[0] = 0x82;
    head[1] = said | (mask ? 0x80 : 0);
    if (long === 2) head.writeUInt16BE(length, 2);
    if (long === 8) head.writeBigUInt64BE(BigInt(length), 2);
    return Buffer.concat([head, Buffer.alloc(length, 0xff)]);
  });

it("knows where frames end, however the bytes are cut into pieces", () => {
  fc.assert(
    fc.property(
      fc.array(LENGTHS, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom(1, 2, 3, 7, 127, 4_096, 65_540),
      (lengths, mask, piece) => {
        const frames = framesOf(lengths, mask);
        const ends = new Set<number>();
        frames.reduce((at, { length }) => (ends.add(at + length), at + length), 0);
        const all = Buffer.concat(frames);
        const followed = new WebSocketFrames();
        expect(followed.isBetween).toBe(true);
        const wrong: number[] = [];
        for (let at = 0; at < all.length; at += piece) {
          followed.pass(all.subarray(at, at + piece));
          const end = Math.min(at + piece, all.length);
          if (followed.isBetween !== ends.has(end)) wrong.push(end);
        }
        expect(wrong).toEqual([]);
      },
    ),
  );
});

it.each(["client", "server"] as const)("tells a %s 1008, and why", (to) => {
  const frame = closingFrame(to, "y".repeat(200));
  const isMasked = to === "server";
  expect([frame[0], frame[1]]).toEqual([0x88, 125 | (isMasked ? 0x80 : 0)]);
  const mask = isMasked ? frame.subarray(2, 6) : Buffer.alloc(4);
  const body = frame.subarray(isMasked ? 6 : 2).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  expect(Buffer.from(body)).toEqual(Buffer.from(`\u0003\u00f0${"y".repeat(123)}`, "latin1"));
  const followed = new WebSocketFrames();
  followed.pass(frame);
  expect(followed.isBetween).toBe(true);
});
