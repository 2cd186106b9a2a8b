import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import * as divergences from "../fuzz/divergences.ts";
import { attempt } from "../fuzz/suites/programs.ts";
import { ROOTS } from "../fuzz/keys.ts";
import { Reference } from "../fuzz/reference.ts";
import { blockPayload } from "./crypto/payload.ts";
import { codeOf } from "./error-code.fixture.ts";
import {
  Biscuit,
  biscuit,
  biscuitFromSource,
  definePolicy,
  PublicKey,
  referenceForm,
  revocationFacts,
  ThirdPartyRequest,
  UnverifiedBiscuit,
} from "./index.ts";
import { outcomeOf } from "./outcome.fixture.ts";
import { writeEnvelope } from "./wire/envelope.ts";
import { MessageWriter } from "./wire/message-writer.ts";

const root = ROOTS.ed25519;
const P256 = ROOTS.secp256r1;
let reference: Reference;
beforeAll(async () => {
  reference = await Reference.load();
});

/** What comes of an authorizer without token: here, and there. */
function decided(source: string): [here: string, there: string] {
  const decision = attempt(() => referenceForm(definePolicy(source).authorize(undefined)));
  const outcome = reference.authorize(undefined, source);
  return [
    "value" in decision ? outcomeOf(decision.value) : "no program",
    outcomeOf("value" in outcome ? { Ok: outcome.value } : { Err: outcome.error }),
  ];
}

/** A token with this Datalog, as bytes, under a good signature. */
function tokenOf(data: Uint8Array | MessageWriter): Uint8Array {
  const bytes = data instanceof MessageWriter ? data.finish() : data;
  const content = { data: bytes, nextKey: root.publicKey };
  const signed = { ...content, signature: root.sign(blockPayload(1, content)), version: 1 };
  return writeEnvelope({ blocks: [signed], proof: { kind: "secret", secret: root.secret } });
}

/** Whether a token is read: here the code of the error, there yes or no. */
function read(bytes: Uint8Array): [here: string, there: "read" | "refused"] {
  return [
    codeOf(() => Biscuit.parse(bytes, root.publicKey)),
    "error" in reference.parse(bytes, root.publicKey) ? "refused" : "read",
  ];
}

const message = (): MessageWriter => new MessageWriter();
const integer = message().int64(2, 1);
/** A fact `read(term)`. */
const factOf = (term: MessageWriter): MessageWriter =>
  message().message(1, message().uint(1, 0).message(2, term));
const blockOf = (term: MessageWriter): MessageWriter =>
  message().uint(3, 6).message(4, factOf(term));
/** A check whose one expression has these operations. */
const checkOf = (...ops: readonly MessageWriter[]): MessageWriter => checkOfVersion(6, ...ops);
const checkOfVersion = (version: number, ...ops: readonly MessageWriter[]): MessageWriter => {
  const expression = message();
  for (const op of ops) expression.message(1, op);
  const query = message().message(1, message().uint(1, 27)).message(3, expression);
  return message().uint(3, version).message(6, message().message(1, query));
};
const valueOp = (term: MessageWriter): MessageWriter => message().message(1, term);
const theirSource = (source: string): string => {
  const built = reference.build([{ statements: [source] }], root);
  return "value" in built ? built.value.getBlockSource(0) : "refused";
};

const document = readFileSync(new URL("../DIVERGENCES.md", import.meta.url), "utf8");

/** One test for each entry of the document, by the entry's name. */
const ENTRIES: Readonly<Record<string, () => void>> = {
  "reject-if-or": () => {
    expect(decided("reject if true or false; allow if true;")).toEqual([
      "allow 0, failed checks 0",
      "ok 0",
    ]);
    expect(decided("reject if false or true; allow if true;")).toEqual([
      "allow 0, failed checks 0",
      "ok 0",
    ]);
    expect(decided("reject if true or true; allow if true;")).toEqual(
      Array(2).fill("allow 0, failed checks 0"),
    );
    expect(decided("reject if false or false; allow if true;")).toEqual(["ok 0", "ok 0"]);
    // Here the first that holds decides; there the first that does not.
    expect(decided("reject if true or 1 / 0 == 1; allow if true;")).toEqual([
      "allow 0, failed checks 0",
      "DivideByZero",
    ]);
    expect(decided("reject if false or 1 / 0 == 1; allow if true;")).toEqual([
      "DivideByZero",
      "ok 0",
    ]);
  },
  "smallest-integer-divided": () => {
    expect(decided("allow if -9223372036854775808 / -1 == 0;")).toEqual([
      "Overflow",
      "DivideByZero",
    ]);
  },
  "step-budget": () => {
    const facts = Array.from({ length: 200 }, (_, i) => `p(${i});`).join("");
    const bomb = definePolicy(`${facts} allow if p($a), p($b), p($c), $a + $b + $c == -1;`);
    const decision = bomb.authorize(undefined);
    expect(decision.allowed || decision.reason !== "error" ? "" : decision.error.code).toBe(
      "too-many-steps",
    );
    expect(outcomeOf(referenceForm(decision))).toBe("Timeout");
  },
  "deterministic-order": () => {
    const source = "n(0); n(1); n(2); allow if n($x), 2 / $x > 0;";
    // The first fact divides by zero, whatever the others would do.
    expect(decided(source)[0]).toBe("DivideByZero");
    expect(["DivideByZero", "ok 0"]).toContain(decided(source)[1]);
    expect(decided("n(1); n(0); n(2); allow if n($x), 2 / $x > 0;")[0]).toBe("ok 0");
  },
  "unbound-variable": () => {
    expect(decided("allow if $x;")).toEqual(["no program", "UnknownVariable"]);
    expect(decided("allow if a($x), $y > 1;")).toEqual(["no program", "no policy"]);
  },
  "no-revocation-facts": () => {
    const token = biscuit`user(1);`.sign(root);
    const policy = definePolicy("allow if revocation_id($i, $id);");
    expect(policy.authorize(token).allowed).toBe(false);
    const facts = revocationFacts(token);
    expect(policy.authorize(token, { facts }).allowed).toBe(true);
    const theirs = reference.parse(token.toBytes(), root.publicKey);
    expect("value" in theirs && "error" in reference.authorize(theirs.value, policy.source)).toBe(
      true,
    );
  },
  "small-order-keys": () => {
    const small = new Uint8Array(32);
    small[0] = 1;
    expect(codeOf(() => PublicKey.fromBytes("ed25519", small))).toBe("invalid-key");
    expect(
      "value" in
        reference.attempt((oracle) =>
          oracle.PublicKey.fromString(Buffer.from(small).toString("hex"), 0),
        ),
    ).toBe(true);
  },
  "canonical-revocation-ids": () => {
    const built = reference.build([{ statements: ["user(1)"] }], P256);
    if ("error" in built) throw new Error("not built");
    const [ours] = Biscuit.parse(built.value.toBytes(), P256.publicKey).revocationIds;
    // Ours is at most theirs: s or n - s, whichever is smaller, after the same r.
    expect(ours?.slice(8, 60)).toBe(built.value.getRevocationIdentifiers()[0]?.slice(8, 60));
  },
  "legacy-third-party": () => {
    const legacy = message()
      .message(1, message().uint(1, 0).bytes(2, root.publicKey.bytes))
      .bytes(3, new Uint8Array(64))
      .finish();
    expect(codeOf(() => ThirdPartyRequest.parse(legacy))).toBe("malformed-third-party");
    const text = Buffer.from(legacy).toString("base64url");
    expect(
      "error" in reference.attempt((oracle) => oracle.ThirdPartyRequest.fromBase64(text)),
    ).toBe(true);
  },
  "version-of-collections": () => {
    const built = reference.build([{ statements: ["a([1, null])"] }], root);
    if ("error" in built) throw new Error("not built");
    expect(Biscuit.parse(built.value.toBytes(), root.publicKey).blocks[0]?.version).toBe(3);
    expect(biscuit`a([1, null]);`.sign(root).blocks[0]?.version).toBe(6);
  },
  "version-3-with-newer": () => {
    const equal = message().message(3, message().uint(1, 21));
    const ofVersion = (version: number): Uint8Array =>
      tokenOf(checkOfVersion(version, valueOp(integer), valueOp(integer), equal));
    expect(read(ofVersion(3))).toEqual(["feature-above-version", "read"]);
    const authorized = (version: number): boolean => {
      const token = reference.parse(ofVersion(version), root.publicKey);
      return "value" in token && "value" in reference.authorize(token.value, "allow if true;");
    };
    expect([3, 4, 5, 6].map(authorized)).toEqual([true, false, false, true]);
  },
  "field-twice": () => {
    expect(read(tokenOf(blockOf(message().int64(2, 1).int64(2, 2))))).toEqual([
      "malformed-token",
      "read",
    ]);
    expect(read(tokenOf(blockOf(message().int64(2, 1).bool(6, true))))).toEqual([
      "malformed-token",
      "read",
    ]);
    const token = biscuit`user(1);`.sign(root).toBytes();
    expect(read(Uint8Array.from([...token, ...token]))).toEqual(["malformed-token", "read"]);
  },
  "field-missing": () => {
    expect(read(tokenOf(message().uint(3, 3).message(4, message())))).toEqual([
      "malformed-token",
      "read",
    ]);
  },
  "symbol-twice-in-block": () => {
    expect(read(tokenOf(message().text(1, "x").text(1, "x").uint(3, 3)))).toEqual([
      "symbol-overlap",
      "read",
    ]);
  },
  "variable-as-value": () => {
    expect(read(tokenOf(blockOf(message().uint(1, 1))))).toEqual(["malformed-token", "read"]);
  },
  "number-beyond-its-type": () => {
    const kind = message()
      .message(1, message().message(1, message().uint(1, 27)))
      .uint(2, 4_294_967_296);
    expect(read(tokenOf(message().uint(3, 6).message(6, kind)))).toEqual([
      "malformed-token",
      "read",
    ]);
  },
  "expression-not-well-formed": () => {
    const add = message().message(3, message().uint(1, 9));
    expect(read(tokenOf(checkOf(add)))).toEqual(["malformed-token", "read"]);
    expect(read(tokenOf(checkOf(valueOp(integer), valueOp(integer))))).toEqual([
      "malformed-token",
      "read",
    ]);
  },
  "mixed-sets": () => {
    const set = message().message(
      7,
      message().message(1, integer).message(1, message().bool(6, true)),
    );
    expect(read(tokenOf(blockOf(set)))[0]).toBe("malformed-token");
  },
  "key-off-its-curve": () => {
    // y = 2 is no point's.
    const off = new Uint8Array(32);
    off[0] = 2;
    const [here, there] = read(
      tokenOf(message().uint(3, 4).message(8, message().uint(1, 0).bytes(2, off))),
    );
    expect(["no error", "invalid-key"]).toContain(here);
    expect(there).toBe("refused");
  },
  limits: () => {
    const many = message().uint(3, 3);
    for (let i = 0; i < 3000; i++) many.message(4, factOf(integer));
    expect(read(tokenOf(many))).toEqual(["too-large", "read"]);
  },
  prefix: () => {
    const text = biscuit`user(1);`.sign(root).toString();
    expect(UnverifiedBiscuit.parse(`biscuit:${text}`).toString()).toBe(text);
    const theirs = reference.attempt((oracle) =>
      oracle.Biscuit.fromBase64(`biscuit:${text}`, reference.publicKey(root.publicKey)),
    );
    expect("error" in theirs).toBe(true);
  },
  "block-scopes-in-text": () => {
    expect(biscuitFromSource("trusting previous; a(1);").content.scopes).toEqual(["previous"]);
    expect(theirSource("trusting previous")).toBe("refused");
  },
  "empty-map": () => {
    expect(decided("a({}); allow if a({});")).toEqual(["ok 0", "no program"]);
    expect(decided("allow if {} == {};")).toEqual(["ok 0", "ok 0"]);
  },
  "one-element-sets": () => {
    for (const set of ["{true}", "{null}", "{hex:ab}"]) {
      expect(decided(`allow if ${set}.length() == 1;`)).toEqual(["ok 0", "no program"]);
    }
  },
  "sets-of-collections": () => {
    expect(decided("allow if {[1]} == {[1]};")).toEqual(["ok 0", "no program"]);
  },
  "empty-bytes": () => {
    expect(decided("allow if hex:.length() == 0;")).toEqual(["ok 0", "no program"]);
  },
  "empty-heads": () => {
    expect(decided("b(1); a() <- b(1); allow if true;")).toEqual(["ok 0", "no program"]);
  },
  names: () => {
    expect(decided("1a(1); allow if 1a(1);")).toEqual(["no program", "ok 0"]);
    expect(decided(":a(1); allow if :a(1);")).toEqual(["no program", "ok 0"]);
    expect(decided("é(1); allow if é(1);")).toEqual(["ok 0", "no program"]);
  },
  blanks: () => {
    for (const source of [
      "check  if true; allow if true;",
      "allow if /* c */ true;",
      'allow if "".length () == 0;',
    ]) {
      expect(decided(source)).toEqual(["ok 0", "no program"]);
    }
  },
  "bad-key": () => {
    expect(codeOf(() => definePolicy("allow if a(1) trusting ed25519/00;"))).toBe("syntax");
  },
  "escaped-strings": () => {
    const hostile = 'a"); admin(true); x("\\\n';
    const token = biscuit`user(${hostile});`.sign(root);
    expect(biscuitFromSource(token.blocks[0]?.source ?? "").content.facts).toEqual([
      { name: "user", terms: [hostile] },
    ]);
    const theirs = reference.parse(token.toBytes(), root.publicKey);
    expect("value" in theirs && theirs.value.getBlockSource(0)).toContain("admin(true);");
  },
  "sets-in-order": () => {
    const source = 'b("z"); a({"z", "y"})';
    expect(biscuitFromSource(source).toString()).toContain('{"y", "z"}');
    expect(theirSource(source)).toContain('{"z", "y"}');
  },
  "eager-operators": () => {
    const bool = valueOp(message().bool(6, true));
    const token = Biscuit.parse(
      tokenOf(checkOf(bool, bool, message().message(3, message().uint(1, 13)))),
      root.publicKey,
    );
    expect(token.blocks[0]?.source).toBe("check if true.and(true);\n");
    const theirs = reference.parse(token.toBytes(), root.publicKey);
    expect("value" in theirs && theirs.value.getBlockSource(0)).toContain("true &&! true");
  },
  "unprintable-names": () => {
    const named = message()
      .text(1, "a(1); b")
      .uint(3, 3)
      .message(4, message().message(1, message().uint(1, 1024).message(2, integer)));
    const token = Biscuit.parse(tokenOf(named), root.publicKey);
    expect(codeOf(() => biscuitFromSource(token.blocks[0]?.source ?? ""))).toBe("syntax");
    const theirs = reference.parse(token.toBytes(), root.publicKey);
    expect("value" in theirs && theirs.value.getBlockSource(0)).toContain("a(1); b(1)");
  },
  "block-scopes-printed": () => {
    const token = biscuit`trusting previous; a(1);`.sign(root);
    expect(token.blocks[0]?.source).toBe("trusting previous;\na(1);\n");
    const theirs = reference.parse(token.toBytes(), root.publicKey);
    expect("value" in theirs && theirs.value.getBlockSource(0)).not.toContain("trusting");
  },
  "unknown-unicode-property": () => {
    const decision = definePolicy('allow if !"a".matches("\\\\p{Klingon}");').authorize(undefined);
    expect(decision.allowed || decision.reason !== "error" ? "" : decision.error.code).toBe(
      "unsupported-regex",
    );
    expect(decided('allow if !"a".matches("\\\\p{Klingon}");')[1]).toBe("ok 0");
  },
  "property-with-not-equal": () => {
    const decision = definePolicy('allow if "a".matches("\\\\p{gc!=L}");').authorize(undefined);
    expect(decision.allowed || decision.reason !== "error" ? "" : decision.error.code).toBe(
      "unsupported-regex",
    );
    expect(decided('allow if "a".matches("\\\\p{gc!=L}");')[1]).toBe("ok 0");
  },
  "pattern-limits": () => {
    const source = 'allow if !"a".matches("((a{100}){100}){100}");';
    const decision = definePolicy(source).authorize(undefined);
    expect(decision.allowed || decision.reason !== "error" ? "" : decision.error.code).toBe(
      "too-large",
    );
    expect(decided(source)[1]).toBe("ok 0");
  },
};

describe("a known divergence", () => {
  it.each(Object.entries(ENTRIES))("%s", (name, run) => {
    run();
    expect(document).toContain(name);
  });

  it("is in the document exactly when it has a test", () => {
    const sections = document.split("\n## Errors\n")[0] ?? "";
    const documented = Array.from(
      sections.matchAll(/^\| ([a-z0-9-]+)(?: ◆)? +\|/gm),
      ([, name = ""]) => name,
    ).filter((name) => name !== "name" && !/^-+$/.test(name));
    expect(new Set(documented)).toEqual(new Set(Object.keys(ENTRIES)));
    expect(documented).toHaveLength(Object.keys(ENTRIES).length);
  });

  it("is marked in the document when the fuzz run may meet it", () => {
    const marked = new Set(
      Array.from(document.matchAll(/^\| ([a-z0-9-]+) ◆ +\|/gm), ([, name]) => name),
    );
    const {
      PROGRAM_DIVERGENCES,
      EXPRESSION_DIVERGENCES,
      PATTERN_DIVERGENCES,
      MUTATION_DIVERGENCES,
    } = divergences;
    const met = [
      ...PROGRAM_DIVERGENCES,
      ...EXPRESSION_DIVERGENCES,
      ...PATTERN_DIVERGENCES,
      ...MUTATION_DIVERGENCES,
    ];
    for (const { name } of met) expect(marked).toContain(name);
  });
});
