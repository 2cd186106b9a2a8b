import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { fromBase64, toBase64 } from "./base64.ts";

describe("base64", () => {
  it("is URL-safe with padding, and reads with and without", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64(bytes);
        expect(text.replace(/=+$/, "")).toBe(Buffer.from(bytes).toString("base64url"));
        expect(text.length % 4).toBe(0);
        for (const form of [text, text.replace(/=+$/, ""), `biscuit:${text}`]) {
          expect(fromBase64(form)).toEqual(Uint8Array.from(bytes));
        }
      }),
    );
  });

  it.each(["+/==", "a", "aa=", "aaa==", "ab", "a b=", "aa\n=", "é"])("refuses %j", (text) => {
    expect(codeOf(() => fromBase64(text))).toBe("malformed-token");
  });

  it("refuses a text beyond the limit before it decodes", () => {
    expect(codeOf(() => fromBase64("A".repeat(600_000)))).toBe("too-large");
  });
});
