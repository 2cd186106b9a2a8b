import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { KeyPair } from "../crypto/key-pair.ts";
import { biscuit } from "../token/authority.ts";
import { block } from "../token/block.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { fact } from "./fact.ts";
import { definePolicy } from "./policy.ts";
import { AuthorizerSnapshot, loadPolicies, savePolicies } from "./snapshot.ts";

const root = KeyPair.fromSecret("ed25519", new Uint8Array(32).fill(1));
const third = KeyPair.fromSecret("secp256r1", new Uint8Array(32).fill(2));
const asked =
  biscuit`user("alice"); right("a", "read"); can($u, $r) <- user($u), right($r, "read");`.sign(
    root,
  );
const token = asked
  .appendThirdParty(
    asked.thirdPartyRequest().createBlock(third, block`group("staff"); check if user("alice");`),
  )
  .attenuate(block`check if operation("read"); reject if operation("write");`);
const policy = definePolicy(
  `resource("a"); check if group($g) trusting ${String(third.publicKey)}; allow if can($u, $r), resource($r); deny if true;`,
);
const context = { facts: [fact("operation", "read")] };

describe("an authorizer's snapshot", () => {
  const snapshot = AuthorizerSnapshot.of(policy, token, context);

  it("is the same after it was written as bytes and as text", () => {
    for (const form of [snapshot.toBytes(), snapshot.toBase64(), ` ${snapshot.toBase64()}\n`]) {
      const read = AuthorizerSnapshot.parse(form);
      expect(read.toBytes()).toEqual(snapshot.toBytes());
      expect(read.toString()).toBe(snapshot.toString());
    }
  });

  it("decides as the authorizer did, without the token", () => {
    const read = AuthorizerSnapshot.parse(snapshot.toBytes());
    expect(read.authorize()).toEqual(policy.authorize(token, context));
    const refused = AuthorizerSnapshot.of(policy, token);
    expect(AuthorizerSnapshot.parse(refused.toBytes()).authorize()).toEqual(
      policy.authorize(token),
    );
  });

  it("holds the facts of the world by origin, derived ones with every block they stem from", () => {
    const printed = snapshot.content.facts.map(({ origin, facts }) => [
      origin,
      facts.map(({ name }) => name),
    ]);
    expect(printed).toEqual(
      expect.arrayContaining([
        [["authorizer"], ["operation", "resource"]],
        [[0], ["user", "right", "can"]],
        [[1], ["group"]],
      ]),
    );
  });

  it("tells blocks, their versions and third parties' keys, and the limits", () => {
    const { blocks, limits, iterations } = AuthorizerSnapshot.parse(snapshot.toBytes()).content;
    expect(blocks.map(({ version }) => version)).toEqual([3, 5, 6]);
    expect(blocks.map(({ externalKey }) => externalKey?.toString())).toEqual([
      undefined,
      third.publicKey.toString(),
      undefined,
    ]);
    expect(limits).toEqual({ maxFacts: 1000, maxIterations: 100, maxTimeNs: 1_000_000 });
    expect(iterations).toBe(1);
  });

  it("can be made without a token, and of a policy with parameters", () => {
    const open = definePolicy<{ who: string }>`user({who}); allow if user("bob");`;
    const anonymous = AuthorizerSnapshot.of(open, undefined, {}, { who: "bob" });
    expect(AuthorizerSnapshot.parse(anonymous.toBytes()).authorize().allowed).toBe(true);
    expect(codeOf(() => AuthorizerSnapshot.of(open, undefined))).toBe("invalid-parameters");
  });

  it("is shown as text: facts by origin, the authorizer, the blocks", () => {
    expect(snapshot.toString()).toContain(
      '// facts of 0\ncan("alice", "a");\nright("a", "read");\nuser("alice");\n',
    );
    expect(snapshot.toString()).toContain("// authorizer\n");
    expect(snapshot.toString()).toContain(
      '// block 2\ncheck if operation("read");\nreject if operation("write");\n',
    );
  });

  it("keeps the limits on facts and rounds", () => {
    const counting = definePolicy("n(1); n(2); n(3); m($x) <- n($x); allow if true;");
    const tight = AuthorizerSnapshot.of(counting, undefined, { limits: { maxFacts: 7 } });
    const decision = AuthorizerSnapshot.parse(tight.toBytes()).authorize();
    expect(decision.allowed).toBe(true);
    expect(
      codeOf(() => AuthorizerSnapshot.of(counting, undefined, { limits: { maxFacts: 4 } })),
    ).toBe("too-many-facts");
  });

  it("is read from what the reference implementation writes", () => {
    // Its empty authorizer with the default limits: maxFacts 1000, maxIterations 100, maxTime 1 ms, versions 6 and 3.
    const bytes = new MessageWriter()
      .message(1, new MessageWriter().uint(1, 1000).uint(2, 100).uint(3, 1_000_000))
      .uint(2, 0)
      .message(
        3,
        new MessageWriter().uint(1, 6).message(5, new MessageWriter().uint(2, 3)).uint(8, 0),
      )
      .finish();
    expect(AuthorizerSnapshot.of(definePolicy(""), undefined).toBytes()).toEqual(bytes);
    expect(AuthorizerSnapshot.parse(bytes).authorize().allowed).toBe(false);
  });

  const limits = new MessageWriter().uint(1, 1).uint(2, 1).uint(3, 1);
  const empty = new MessageWriter().uint(2, 3);
  const snapshotOf = (world: MessageWriter): Uint8Array =>
    new MessageWriter().message(1, limits).uint(2, 0).message(3, world).finish();
  it.each([
    ["nothing", new Uint8Array(), "malformed-token"],
    ["no text at all", "!", "malformed-token"],
    ["a world of an unknown version", snapshotOf(new MessageWriter().uint(1, 7).message(5, empty).uint(8, 0)), "unsupported-version"],
    ["a world without version", snapshotOf(new MessageWriter().message(5, empty).uint(8, 0)), "unsupported-version"],
    ["an authorizer of an unknown version", snapshotOf(new MessageWriter().uint(1, 6).message(5, new MessageWriter().uint(2, 2)).uint(8, 0)), "unsupported-version"],
    ["a world without authorizer", snapshotOf(new MessageWriter().uint(1, 6).uint(8, 0)), "malformed-token"],
    ["a symbol twice", snapshotOf(new MessageWriter().uint(1, 6).text(2, "x").text(2, "x").message(5, empty).uint(8, 0)), "symbol-overlap"],
    ["facts of a block that is not there", snapshotOf(new MessageWriter().uint(1, 6).message(5, empty).message(7, new MessageWriter().message(1, new MessageWriter().uint(2, 0))).uint(8, 0)), "malformed-snapshot"],
    ["more bytes than a token may have", new Uint8Array(70_000), "too-large"],
  ])("is not made of %s", (_, input, code) => {
    expect(codeOf(() => AuthorizerSnapshot.parse(input))).toBe(code);
  }); // prettier-ignore
});

describe("saved policies", () => {
  it("are an authorizer without token that decides the same", () => {
    const saved = definePolicy(
      "a(1); b($x) <- a($x); check if b(1); reject if b(2); deny if c(1); allow if b(1) or a(3);",
    );
    const loaded = loadPolicies(savePolicies(saved));
    expect(loaded.source).toBe(saved.source);
    expect(loaded.authorize(undefined)).toEqual(saved.authorize(undefined));
    expect(savePolicies(loaded)).toEqual(savePolicies(saved));
  });

  it("have no place for public keys", () => {
    expect(codeOf(() => savePolicies(policy))).toBe("invalid-value");
  });

  it("are refused without a version and with an unknown one", () => {
    expect(codeOf(() => loadPolicies(new Uint8Array()))).toBe("unsupported-version");
    expect(codeOf(() => loadPolicies(new MessageWriter().uint(2, 7).finish()))).toBe(
      "unsupported-version",
    );
  });
});
