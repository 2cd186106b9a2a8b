import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter, MAX_LINE_BYTES } from "./line-splitter.ts";

const linesOf = (chunks: readonly Buffer[], offset = 0) => {
  const splitter = new LineSplitter(offset);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
};

describe("lines of a log", () => {
  it("are the same whatever chunks they come in, and begin where they begin", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .string({ unit: "grapheme", maxLength: 20 })
            .map((text) => text.replaceAll(/[\r\n]/g, "")),
        ),
        fc.array(fc.nat(30)),
        (texts, cuts) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut)));
          chunks.push(bytes.subarray(at));
          const lines = linesOf(chunks);
          expect(lines.map(({ text }) => text)).toEqual(texts);
          for (const { text, offset } of lines)
            expect(bytes.subarray(offset, offset + Buffer.byteLength(text)).toString()).toBe(text);
        },
      ),
    );
  });

  it("include an unfinished one at the end, and lose the carriage return", () => {
    expect(linesOf([Buffer.from("a\r\nb")], 100)).toEqual([
      { text: "a", offset: 100 },
      { text: "b", offset: 103 },
    ]);
  });

  it("are cut where they are too long, and what follows is not", () => {
    const [first, second] = linesOf([Buffer.from(`${"x".repeat(MAX_LINE_BYTES + 5)}\nshort\n`)]);
    expect(first?.text.length).toBeLessThan(MAX_LINE_BYTES + 50);
    expect(first?.text).toMatch(/cut\)$/);
    expect(second?.text).toBe("short");
  });
});
