import { describe, expect, it, vi } from "vitest";

// Loaded anew, and nothing besides: other tests of the same process have loaded the rest.
vi.resetModules();
const { biscuit, block, definePolicy, fact, KeyPair, PublicKey } = await import("./core.ts");
const { errorOf } = await import("./error-code.fixture.ts");

describe("the core alone", () => {
  const root = KeyPair.generate();
  const policy = definePolicy(`allow if user($u);`);

  it("mints, attenuates and authorises", () => {
    const token = biscuit`user("alice")`.sign(root).attenuate(block`check if time($t)`);
    const context = { facts: [fact("time", new Date(0))] };
    expect(policy.authorize(token, context).allowed).toBe(true);
    expect(policy.authorize(token).allowed).toBe(false);
  });

  it.each([
    ["explanations", () => policy.authorize(undefined).explain(), "@bastide/biscuit/explain"],
    ["PEM of a public key", () => root.publicKey.toPem(), "@bastide/biscuit/key-formats"],
    ["DER of a secret", () => root.toDer(), "@bastide/biscuit/key-formats"],
    ["JSON Web Keys", () => PublicKey.fromJwk({}), "@bastide/biscuit/key-formats"],
  ])("says what to import for %s", (_, use, name) => {
    expect(errorOf(use)).toMatchObject({ code: "not-installed" });
    expect(errorOf(use)?.message).toContain(`import "${name}" once`);
  });

  it("tells of the first thing that is wrong with a source, with its place", () => {
    const error = errorOf(() => definePolicy("allow if user($u);\nalow if true;\nalow if false;"));
    expect(error).toMatchObject({ code: "syntax", position: { line: 2, column: 1 } });
    expect(error?.message).toContain("alow if true;\n^");
    expect(error?.diagnostics).toHaveLength(1);
  });
});
