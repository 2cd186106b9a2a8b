import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf, serverSentEvents } from "./streams.ts";

function streamOf(bytes: Uint8Array, cuts: readonly number[]): ReadableStream<Uint8Array> {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return ReadableStream.from(edges.slice(1).map((end, i) => bytes.subarray(edges[i], end)));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("linesOf", () => {
  it("gives the same lines wherever the bytes are cut", async () => {
    const line = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !text.includes("\n"));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
        const bytes = new TextEncoder().encode(lines.map((text) => `${text}\n`).join(""));
        const expected = lines.map((text) => text.replace(/^\uFEFF/, text));
        expect(await collect(linesOf(streamOf(bytes, cuts)))).toEqual(expected);
      }),
    );
  });

  it("gives the last line without its line feed", async () => {
    expect(await collect(linesOf(streamOf(new TextEncoder().encode("a\nb"), [])))).toEqual([
      "a",
      "b",
    ]);
  });
});

describe("serverSentEvents", () => {
  it("joins data lines, and leaves out comments and other fields", async () => {
    const text = ": hello\n\nid: 1\ndata: {\ndata: }\n\nevent: x\r\ndata:two\r\n\r\n";
    expect(await collect(serverSentEvents(streamOf(new TextEncoder().encode(text), [7])))).toEqual([
      "{\n}",
      "two",
    ]);
  });
});
