import type { KeyPair } from "../../src/crypto/key-pair.ts";
import { canonicalSignature } from "../../src/crypto/ecdsa-der.ts";
import { KeyPair as Keys } from "../../src/crypto/key-pair.ts";
import type { OracleToken } from "../../src/oracle.fixture.ts";
import { Biscuit, UnverifiedBiscuit } from "../../src/token/biscuit.ts";
import { blockFromSource } from "../../src/token/block.ts";
import { biscuitFromSource } from "../../src/token/authority.ts";
import { ThirdPartyBlock, ThirdPartyRequest } from "../../src/token/third-party.ts";
import { fromHex, toHex } from "../../src/values/hex.ts";
import { ROOTS, THIRD_PARTIES } from "../keys.ts";
import type { Random } from "../random.ts";
import type { Reference } from "../reference.ts";
import { type Suite, type Verdict, withoutOne } from "../suite.ts";

/** Which implementation takes a step. */
type Side = "ours" | "theirs";

/** One more block, or the end of the chain. Each step may be taken by another side than the one before. */
interface Step {
  readonly by: Side;
  readonly kind: "block" | "third-party" | "seal";
  readonly source: string;
  /** Of our steps: the algorithm of the next key. The reference always makes Ed25519 ones. */
  readonly nextAlgorithm: "ed25519" | "secp256r1";
  readonly thirdParty: number;
}

export interface ChainCase {
  readonly root: "ed25519" | "secp256r1";
  readonly rootKeyId: number | undefined;
  readonly by: Side;
  readonly nextAlgorithm: Step["nextAlgorithm"];
  readonly source: string;
  readonly steps: readonly Step[];
}

const SOURCES = [
  'user("a");', 'check if user("a");', 'right("file1", "read"); check if time($t), $t < 2030-01-01T00:00:00Z;', "reject if false;",
  'check if x(1) trusting previous;', 'a({1, 2}); b([1]); check all true;', "", 'check if true trusting authority; k({"a": 1});',
] as const; // prettier-ignore

const algorithm = (random: Random): Step["nextAlgorithm"] =>
  random.chance(0.3) ? "secp256r1" : "ed25519";
const side = (random: Random): Side => random.pick(["ours", "theirs"]);

function generate(random: Random): ChainCase {
  const steps = random.many(0, 4, (): Step => ({
    by: side(random),
    kind: random.chance(0.35) ? "third-party" : "block",
    source: random.pick(SOURCES),
    nextAlgorithm: algorithm(random),
    thirdParty: random.below(THIRD_PARTIES.length),
  }));
  const sealed = random.chance(0.3)
    ? [
        {
          by: side(random),
          kind: "seal" as const,
          source: "",
          nextAlgorithm: "ed25519" as const,
          thirdParty: 0,
        },
      ]
    : [];
  return {
    root: algorithm(random),
    rootKeyId: random.chance(0.5) ? random.pick([0, 1, 7, 0x7fff_ffff, 0xffff_ffff]) : undefined,
    by: side(random),
    nextAlgorithm: algorithm(random),
    source: random.pick(SOURCES),
    steps: [...steps, ...sealed],
  };
}

/** Chains need no secrecy: each next key comes from its place in the chain, so that a case is the same every time. */
const nextKey = (kind: Step["nextAlgorithm"], place: number): KeyPair =>
  Keys.fromSecret(kind, new Uint8Array(32).fill(0x40 + place));

const thirdPartyKey = ({ thirdParty }: Step): KeyPair => THIRD_PARTIES[thirdParty] ?? ROOTS.ed25519;

/** Takes a step here, without the root key: whoever holds a token may. The answer to a request travels as text. */
function ourStep(bytes: Uint8Array, step: Step, place: number): Uint8Array {
  const token = UnverifiedBiscuit.parse(bytes);
  if (step.kind === "seal") return token.seal().toBytes();
  const options = { nextKeyPair: nextKey(step.nextAlgorithm, place) };
  const block = blockFromSource(step.source);
  if (step.kind === "block") return token.attenuate(block, options).toBytes();
  const request = ThirdPartyRequest.parse(token.thirdPartyRequest().toString());
  const answer = ThirdPartyBlock.parse(request.createBlock(thirdPartyKey(step), block).toString());
  return token.appendThirdParty(answer, options).toBytes();
}

function theirStep(bytes: Uint8Array, step: Step, root: KeyPair, reference: Reference): Uint8Array {
  const outcome = reference.attempt((oracle): OracleToken => {
    const token = oracle.Biscuit.fromBytes(bytes, reference.publicKey(root.publicKey));
    if (step.kind === "seal") return token.sealToken();
    const builder = oracle.Biscuit.block_builder();
    builder.addCode(step.source);
    if (step.kind === "block") return token.appendBlock(builder);
    const signer = thirdPartyKey(step);
    // Our request, their answer.
    const request = oracle.ThirdPartyRequest.fromBase64(
      UnverifiedBiscuit.parse(bytes).thirdPartyRequest().toString(),
    );
    return token.appendThirdPartyBlock(
      reference.publicKey(signer.publicKey),
      request.createBlock(reference.privateKey(signer), builder),
    );
  });
  if ("error" in outcome)
    throw new RangeError(`the reference refuses a step: ${JSON.stringify(outcome.error)}`);
  return outcome.value.toBytes();
}

function begin(each: ChainCase, reference: Reference): Uint8Array {
  const root = ROOTS[each.root];
  if (each.by === "ours") {
    const unsigned = biscuitFromSource(each.source);
    const named = each.rootKeyId === undefined ? unsigned : unsigned.rootKeyId(each.rootKeyId);
    return named.sign(root, { nextKeyPair: nextKey(each.nextAlgorithm, 0) }).toBytes();
  }
  const built = reference.build(
    [{ statements: each.source === "" ? [] : [each.source.slice(0, -1)] }],
    root,
    each.rootKeyId,
  );
  if ("error" in built)
    throw new RangeError(`the reference refuses to begin: ${JSON.stringify(built.error)}`);
  return built.value.toBytes();
}

/** What a reader sees of a token. Revocation ids of P-256 signatures are compared in their canonical form. */
interface Seen {
  readonly blocks: number;
  readonly revocationIds: readonly string[];
  readonly bytes: string;
  readonly wrongRoot: "accepted" | "refused";
}

const canonical = (id: string): string =>
  toHex(canonicalSignature(fromHex(id) ?? new Uint8Array()));

function seenHere(bytes: Uint8Array, root: KeyPair, other: KeyPair): Seen {
  const token = Biscuit.parse(bytes, root.publicKey);
  let wrongRoot: Seen["wrongRoot"] = "accepted";
  try {
    Biscuit.parse(bytes, other.publicKey);
  } catch {
    wrongRoot = "refused";
  }
  return {
    blocks: token.blocks.length,
    revocationIds: token.revocationIds,
    bytes: toHex(token.toBytes()),
    wrongRoot,
  };
}

function seenThere(
  bytes: Uint8Array,
  root: KeyPair,
  other: KeyPair,
  reference: Reference,
): Seen | { readonly error: unknown } {
  const read = reference.parse(bytes, root.publicKey);
  if ("error" in read) return read;
  const { value: token } = read;
  const wrongRoot = "error" in reference.parse(bytes, other.publicKey) ? "refused" : "accepted";
  const seen: Seen = {
    blocks: token.countBlocks(),
    revocationIds: token.getRevocationIdentifiers().map(canonical),
    bytes: toHex(token.toBytes()),
    wrongRoot,
  };
  token.free();
  return seen;
}

function check(each: ChainCase, reference: Reference): Verdict {
  const root = ROOTS[each.root];
  const other = ROOTS[each.root === "ed25519" ? "secp256r1" : "ed25519"];
  let bytes = begin(each, reference);
  for (const [i, step] of each.steps.entries()) {
    bytes =
      step.by === "ours" ? ourStep(bytes, step, i + 1) : theirStep(bytes, step, root, reference);
  }
  const [ours, theirs] = [seenHere(bytes, root, other), seenThere(bytes, root, other, reference)];
  return JSON.stringify(ours) === JSON.stringify(theirs) ? "agreed" : { ours, theirs };
}

function* shrink(each: ChainCase): Iterable<ChainCase> {
  for (const steps of withoutOne(each.steps)) yield { ...each, steps };
  if (each.rootKeyId !== undefined) yield { ...each, rootKeyId: undefined };
  if (each.source !== "") yield { ...each, source: "" };
}

/** Chains whose blocks either side signs, in any order; both must verify every chain and see the same in it. */
export const chains: Suite<ChainCase> = { name: "chains", cases: 1200, generate, check, shrink };
