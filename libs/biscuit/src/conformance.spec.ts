import { describe, expect, it } from "vitest";
import {
  Biscuit,
  BiscuitError,
  definePolicy,
  type Externs,
  PublicKey,
  UnverifiedBiscuit,
} from "./index.ts";
import { referenceForm, referenceFormOfError } from "./policy/reference-form.ts";
import { AUTHORIZER } from "./datalog/origin.ts";
import { canonicalSignature } from "./crypto/ecdsa-der.ts";
import { printPredicate } from "./syntax/print-term.ts";
import { printCheck, printRule } from "./syntax/print-statement.ts";
import { fromBase64, toBase64 } from "./wire/base64.ts";
import { readEnvelope, writeEnvelope } from "./wire/envelope.ts";
import { fromHex, toHex } from "./values/hex.ts";
import {
  loadSamples,
  type Sample,
  type SampleValidation,
  type SampleWorld,
} from "./samples.fixture.ts";

const samples = loadSamples();
if (samples === undefined) {
  // oxlint-disable-next-line no-console -- nobody may overlook that the official samples were not run
  console.warn("\n*** BISCUIT_SAMPLES is not set: THE OFFICIAL BISCUIT SAMPLES WERE NOT RUN ***\n");
}

/** The external function that sample 35 needs. */
const EXTERNS: Externs = {
  test: (operand, argument) => {
    if (argument === undefined) return operand === true;
    return operand === argument ? "equal strings" : "different strings";
  },
};

const LIMITS = { maxSteps: 1_000_000 };
/** How the samples write the authorizer among origins; JSON rounds it. */
const USIZE_MAX = Number(2n ** 64n - 1n);
const byOrigin = <Item extends { origin: number }>(items: readonly Item[]): Item[] =>
  items.toSorted((a, b) => a.origin - b.origin);

function worldOf(token: Biscuit, source: string): SampleWorld {
  const evaluation = definePolicy(source).evaluate(token.data, {
    externs: EXTERNS,
    limits: LIMITS,
  });
  const facts = new Map<string, { origin: (number | null)[]; facts: string[] }>();
  for (const fact of evaluation.facts()) {
    const origin = fact.origin.map((block) => (block === AUTHORIZER ? null : block));
    const group = facts.get(origin.join()) ?? { origin, facts: [] };
    facts.set(origin.join(), { origin, facts: [...group.facts, printPredicate(fact)] });
  }
  const rules = new Map<number, string[]>();
  for (const { rule, block } of evaluation.rules()) {
    const origin = block === AUTHORIZER ? USIZE_MAX : block;
    rules.set(origin, [...(rules.get(origin) ?? []), printRule(rule.source)]);
  }
  return {
    facts: Array.from(facts.values(), ({ origin, facts: printed }) => ({
      origin,
      facts: printed.toSorted(),
    })),
    rules: Array.from(rules, ([origin, printed]) => ({ origin, rules: printed.toSorted() })),
    checks: checksOf(token, source),
    policies: definePolicy(source).source.match(/^(?:allow|deny) if .*(?=;$)/gm) ?? [],
  };
}

function checksOf(token: Biscuit, source: string): SampleWorld["checks"] {
  const ofBlocks = token.data.blocks.map(({ content }, origin) => ({
    origin,
    checks: content.checks.map(printCheck).toSorted(),
  }));
  const own = definePolicy(source).source.match(/^(?:check|reject) .*(?=;$)/gm) ?? [];
  return [...ofBlocks, { origin: USIZE_MAX, checks: own.toSorted() }].filter(
    ({ checks }) => checks.length > 0,
  );
}

const sortWorld = (world: SampleWorld): SampleWorld => ({
  ...world,
  facts: world.facts
    // The samples list the authorizer after the blocks or before them.
    .map(({ origin, facts }) => ({
      origin: origin.toSorted((a, b) => (a ?? -1) - (b ?? -1)),
      facts,
    }))
    .toSorted((a, b) => JSON.stringify(a.origin).localeCompare(JSON.stringify(b.origin))),
  rules: byOrigin(world.rules),
  checks: byOrigin(world.checks),
});

/** The samples quote Rust's messages where signatures are wrong; only which error it is counts. */
function expected(validation: SampleValidation): unknown {
  const text = JSON.stringify(validation.result);
  if (text.includes("BlockSignatureDeserializationError"))
    return { Err: { Format: "BlockSignatureDeserializationError" } };
  if (text.includes('"InvalidSignature"'))
    return { Err: { Format: { Signature: "InvalidSignature" } } };
  return validation.result;
}

function validate(
  bytes: Uint8Array,
  rootKey: PublicKey,
  validation: SampleValidation,
): { token?: Biscuit; result: unknown } {
  try {
    const token = Biscuit.parse(bytes, rootKey);
    const policy = definePolicy(validation.authorizer_code);
    const decision = policy.authorize(token, { externs: EXTERNS, limits: LIMITS });
    return { token, result: referenceForm(decision) };
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    return { result: referenceFormOfError(error) };
  }
}

/** The first is random bytes; for the second the samples tell the blocks in the order before they were swapped. */
const UNPRINTABLE: ReadonlySet<string> = new Set([
  "test004_random_block.bc",
  "test006_reordered_blocks.bc",
]);

describe("official samples", () => {
  it("are run when BISCUIT_SAMPLES names them", () => {
    expect(samples?.testcases.length ?? 0).toBe(
      process.env["BISCUIT_SAMPLES"] === undefined ? 0 : 38,
    );
  });
});

for (const sample of samples?.testcases ?? []) describeSample(sample);

function describeSample(sample: Sample): void {
  describe(`${sample.filename}: ${sample.title}`, () => {
    const rootKey = PublicKey.fromString(`ed25519/${samples?.root_public_key}`);
    const bytes = samples?.bytesOf(sample) ?? new Uint8Array();

    it.each(Object.entries(sample.validations))(
      "gives the expected result: %s",
      (_, validation) => {
        const { token, result } = validate(bytes, rootKey, validation);
        expect(result).toEqual(expected(validation));
        const signatures =
          token?.data.envelope.blocks.map(({ signature }) => toHex(signature)) ?? [];
        expect(signatures).toEqual(validation.revocation_ids);
        const canonical = signatures.map((id) => toHex(canonicalSignature(fromHex(id) ?? bytes)));
        expect(token?.revocationIds ?? []).toEqual(canonical);
        const wanted = validation.world;
        const world =
          wanted === null || token === undefined
            ? null
            : worldOf(token, validation.authorizer_code);
        expect(world && sortWorld(world)).toEqual(wanted && sortWorld(wanted));
      },
    );

    it("is serialised to the same bytes", () => {
      const envelope = readEnvelope(bytes);
      expect(writeEnvelope(envelope)).toEqual(bytes);
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    });

    if (UNPRINTABLE.has(sample.filename)) return;
    it("is printed as in the samples", () => {
      const { blocks, data } = UnverifiedBiscuit.parse(bytes);
      const read = blocks.map(({ source, version, externalKey }, i) => ({
        symbols: data.blocks[i]?.symbols,
        public_keys: data.blocks[i]?.publicKeys.map((key) => key.toString()),
        external_key: externalKey?.toString() ?? null,
        code: source,
        version,
      }));
      expect(read).toEqual(sample.token);
    });
  });
}
