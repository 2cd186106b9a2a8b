import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EnvelopeSecretBox } from "./envelope-secret-box.ts";
import { SecretError } from "./secret-box.ts";

const key = randomBytes(32);
const box = new EnvelopeSecretBox([key]);
const context = ["app", "environment", "NAME"];

describe("EnvelopeSecretBox", () => {
  it("opens what it sealed, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.string()), (text, where) => {
        expect(box.open(box.seal(text, where), where)).toBe(text);
      }),
    );
  });

  it("never seals the same text to the same bytes, and shows nothing of it", () => {
    const [one, two] = [box.seal("hunter2", context), box.seal("hunter2", context)];
    expect(one.sealed.equals(two.sealed)).toBe(false);
    expect(one.sealed.includes("hunter2")).toBe(false);
  });

  it("does not open a value that was moved to another place", () => {
    const sealed = box.seal("hunter2", context);
    expect(() => box.open(sealed, ["app", "environment", "OTHER"])).toThrow(SecretError);
    expect(() => box.open(sealed, ["app", "environmentNAME"])).toThrow(SecretError);
    expect(() => box.open(sealed, ["appenvironment", "", "NAME"])).toThrow(SecretError);
  });

  it("notices any changed or missing byte", () => {
    const { keyId, sealed } = box.seal("hunter2", context);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => box.open({ keyId, sealed: changed }, context)).toThrow(SecretError);
      expect(() => box.open({ keyId, sealed: sealed.subarray(0, at) }, context)).toThrow(
        SecretError,
      );
    }
  });

  it("opens with an earlier key what that key sealed, and names the key that is missing", () => {
    const old = box.seal("hunter2", context);
    const other = randomBytes(32);
    expect(new EnvelopeSecretBox([other, key]).open(old, context)).toBe("hunter2");
    expect(() => new EnvelopeSecretBox([other]).open(old, context)).toThrow(old.keyId);
  });

  it("refuses a key of another size", () => {
    expect(() => new EnvelopeSecretBox([randomBytes(16)])).toThrow("16 bytes instead of 32");
  });
});
