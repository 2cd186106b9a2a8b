import { referenceForm } from "../../src/policy/reference-form.ts";
import { definePolicy } from "../../src/policy/policy.ts";
import { parseBlock } from "../../src/syntax/parse-program.ts";
import { Source } from "../../src/syntax/source.ts";
import { blockPayload } from "../../src/crypto/payload.ts";
import { Biscuit } from "../../src/token/biscuit.ts";
import { fromHex, toHex } from "../../src/values/hex.ts";
import { writeBlock } from "../../src/wire/block-codec.ts";
import { writeEnvelope } from "../../src/wire/envelope.ts";
import { SymbolTable } from "../../src/wire/symbols.ts";
import { BiscuitError } from "../../src/errors/biscuit-error.ts";
import { explained, MUTATION_DIVERGENCES } from "../divergences.ts";
import { mutateBytes, mutateFields, type MutationCase } from "../generate/mutations.ts";
import { anyProgram, sourceOf } from "../generate/programs.ts";
import { ROOTS } from "../keys.ts";
import { Random } from "../random.ts";
import type { Reference } from "../reference.ts";
import type { Suite, Verdict } from "../suite.ts";
import { ourToken } from "./programs.ts";

const POLICY = "allow if true;";
const LIMITS = { maxSteps: 20_000_000 };
const NEXT = ROOTS.ed25519;

interface Base {
  readonly root: MutationCase["root"];
  readonly bytes: Uint8Array;
}

/** Tokens to mutate: both algorithms, one to four blocks, third parties, sealed and not. Made once, always the same. */
const bases: Base[] = [];
function basesOf(): readonly Base[] {
  for (let i = bases.length; i < 40; i++) {
    const root = i % 2 === 0 ? "ed25519" : "secp256r1";
    const { blocks } = anyProgram(new Random("base", i));
    const token = ourToken(blocks, i % 3 === 0 ? i : undefined, ROOTS[root]);
    bases.push({ root, bytes: (i % 4 === 0 ? token.seal() : token).toBytes() });
  }
  return bases;
}

function generate(random: Random): MutationCase {
  if (random.chance(0.4)) return generateDatalog(random);
  const { root, bytes } = random.pick(basesOf());
  const other = random.pick(basesOf()).bytes;
  let mutated = bytes;
  for (let i = random.between(1, 2); i > 0; i--) {
    mutated = random.chance(0.5)
      ? mutateBytes(mutated, other, random)
      : mutateFields(mutated, random);
  }
  return { root, kind: "token", hex: toHex(mutated) };
}

function generateDatalog(random: Random): MutationCase {
  const statements = anyProgram(random).blocks[0]?.statements ?? [];
  const content = parseBlock(Source.of(sourceOf(statements)));
  let { data } = writeBlock(content, SymbolTable.empty(), false);
  for (let i = random.between(1, 2); i > 0; i--) data = mutateFields(data, random);
  return { root: "ed25519", kind: "datalog", hex: toHex(data) };
}

/** A token whose signatures hold, whatever its Datalog is. */
function signed(data: Uint8Array): Uint8Array {
  const root = ROOTS.ed25519;
  const content = { data, nextKey: NEXT.publicKey };
  const block = { ...content, signature: root.sign(blockPayload(1, content)), version: 1 };
  return writeEnvelope({ blocks: [block], proof: { kind: "secret", secret: NEXT.secret } });
}

const bytesOf = ({ kind, hex }: MutationCase): Uint8Array => {
  const bytes = fromHex(hex) ?? new Uint8Array();
  return kind === "token" ? bytes : signed(bytes);
};

/** What becomes of a token: refused when it is read or evaluated, or a decision. Reasons are for divergences only. */
interface Fate {
  readonly fate: unknown;
  readonly reason?: unknown;
}

/** A decision that no error of the token made; failed checks by number, as texts are compared elsewhere. */
const decisionOnly = (decision: unknown): unknown => {
  const text = JSON.stringify(decision);
  if (/"(Execution|Format|InvalidBlockRule|Language|RunLimit)"/.test(text)) return "refused";
  return JSON.parse(text, (key, value: unknown) => (key === "rule" ? "" : value));
};

function ourFate(bytes: Uint8Array, root: MutationCase["root"]): Fate {
  try {
    const token = Biscuit.parse(bytes, ROOTS[root].publicKey);
    const decision = referenceForm(definePolicy(POLICY).authorize(token, { limits: LIMITS }));
    const fate = decisionOnly(decision);
    return fate === "refused" ? { fate, reason: decision } : { fate };
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    return { fate: "refused", reason: `${error.code}: ${error.message}` };
  }
}

function theirFate(bytes: Uint8Array, root: MutationCase["root"], reference: Reference): Fate {
  const read = reference.parse(bytes, ROOTS[root].publicKey);
  if ("error" in read) return { fate: "refused", reason: read.error };
  const outcome = reference.authorize(read.value, POLICY);
  const decision = "value" in outcome ? { Ok: outcome.value } : { Err: outcome.error };
  read.value.free();
  const fate = decisionOnly(decision);
  return fate === "refused" ? { fate, reason: decision } : { fate };
}

function check(each: MutationCase, reference: Reference): Verdict {
  const bytes = bytesOf(each);
  const ours = ourFate(bytes, each.root);
  const theirs = theirFate(bytes, each.root, reference);
  if (JSON.stringify(ours.fate) === JSON.stringify(theirs.fate)) return "agreed";
  return explained(MUTATION_DIVERGENCES, each, { ours, theirs }, () => "agreed");
}

/** Mutated tokens, and mutated Datalog under good signatures: both sides accept, or both refuse. */
export const mutations: Suite<MutationCase> = {
  name: "mutations",
  cases: 3000,
  generate,
  check,
  shrink: () => [],
};
