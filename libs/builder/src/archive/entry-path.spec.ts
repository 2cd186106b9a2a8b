import fc from "fast-check";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { checkLink, entryNames, shown } from "./entry-path.ts";

const limits = { maxDepth: 64, maxPathBytes: 1024 };
const name = fc.constantFrom("a", "b", ".", "..", "", "...", "c d");
const path = fc.array(name, { minLength: 1, maxLength: 8 }).map((names) => names.join("/"));

describe("a path of an archive", () => {
  it("lies below the directory whenever it is let through", () => {
    fc.assert(
      fc.property(path, (text) => {
        let names: readonly string[];
        try {
          names = entryNames(text, limits);
        } catch {
          return;
        }
        expect(posix.join("/root", text)).toMatch(/^\/root(?:\/|$)/);
        expect(posix.resolve("/root", ...names)).toBe(posix.resolve("/root", text));
      }),
    );
  });

  it("is refused over the limit of bytes, not of characters", () => {
    expect(() => entryNames("é".repeat(600), limits)).toThrow(/1200 bytes; the limit is 1024/);
  });

  it("is shown without control characters and not at any length", () => {
    expect(shown("a\u001b[31m")).toBe(String.raw`"a\u001b[31m"`);
    expect(shown("x".repeat(5000)).length).toBeLessThan(300);
  });
});

describe("a link of an archive", () => {
  it("resolves below the directory whenever it is let through", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("d", "e"), { minLength: 1, maxLength: 4 }),
        path,
        (names, target) => {
          try {
            checkLink(names, target);
          } catch {
            return;
          }
          const from = posix.join("/root", ...names.slice(0, -1));
          expect(posix.resolve(from, target)).toMatch(/^\/root(?:\/|$)/);
        },
      ),
    );
  });

  it("says what to do about one that leaves", () => {
    expect(() => checkLink(["a", "l"], "../../x")).toThrow(
      /"a\/l" leads to "..\/..\/x", outside its directory; .*bastideignore/,
    );
  });
});
