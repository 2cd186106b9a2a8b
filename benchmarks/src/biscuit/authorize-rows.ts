import type { Row } from "@bastide/e2e";
import {
  Biscuit,
  biscuitFromSource,
  blockFromSource,
  definePolicy,
  KeyPair,
  type RunLimits,
} from "@bastide/biscuit";
import { compare, faster, versus } from "./measure.ts";
import { type Wasm, wasmBuilder, wasmDecide, type WasmToken, wasmToken } from "./oracle.ts";
import { closure, join, POLICY, rbac, TOKEN_BLOCKS } from "./workloads.ts";

const PEER = "biscuit-wasm 0.6.0";
/** Both sides get the room that the largest workload needs. */
const LIMITS: Partial<RunLimits> = { maxFacts: 1_000 };

interface Tokens {
  readonly ours: Biscuit | undefined;
  readonly theirs: WasmToken | undefined;
}

function tokens(wasm: Wasm, blocks: readonly string[]): Tokens {
  const root = KeyPair.generate();
  const [authority = "", ...others] = blocks;
  const ours = others.reduce(
    (token, source) => token.attenuate(blockFromSource(source)),
    biscuitFromSource(authority).sign(root),
  );
  const theirs = wasmToken(wasm, wasm.PrivateKey.fromString(root.toPrivateString()), blocks);
  return { ours: Biscuit.parse(ours.toBytes(), root.publicKey), theirs };
}

/** A measurement of two different answers would be worth nothing. */
function checkAgreement(wasm: Wasm, source: string, { ours, theirs }: Tokens): void {
  const decision = definePolicy(source).authorize(ours, { limits: LIMITS });
  const there = wasmDecide(wasmBuilder(wasm, source), theirs);
  if (decision.allowed && decision.policy.index === there) return;
  throw new Error(`the two sides disagree: ${JSON.stringify(decision)} and ${there}`);
}

function preparsed(wasm: Wasm, source: string, { ours, theirs }: Tokens) {
  checkAgreement(wasm, source, { ours, theirs });
  const policy = definePolicy(source);
  const context = { limits: LIMITS };
  return compare(
    { run: () => policy.authorize(ours, context) },
    {
      prepare: () => wasmBuilder(wasm, source),
      run: (builder) => wasmDecide(builder, theirs),
    },
  );
}

function fromText(wasm: Wasm, source: string, { ours, theirs }: Tokens) {
  checkAgreement(wasm, source, { ours, theirs });
  return compare(
    { run: () => definePolicy(source).authorize(ours) },
    { run: () => wasmDecide(wasmBuilder(wasm, source), theirs) },
  );
}

function parseOnly(wasm: Wasm, source: string) {
  return compare(
    { run: () => definePolicy(source) },
    {
      run: () => {
        wasmBuilder(wasm, source).buildUnauthenticated().free();
      },
    },
  );
}

const NONE: Tokens = { ours: undefined, theirs: undefined };

/** Everything that signatures do not bound. */
export function authorizeRows(wasm: Wasm): Row[] {
  const one = tokens(wasm, TOKEN_BLOCKS.slice(0, 1));
  const three = tokens(wasm, TOKEN_BLOCKS);
  const row = (what: string, pair: ReturnType<typeof compare>) => ({
    what,
    peerName: PEER,
    ...pair,
  });
  return [
    faster(row("authorize, 3 blocks, policy pre-parsed", preparsed(wasm, POLICY, three)), 15),
    faster(row("authorize, 3 blocks, policy from text", fromText(wasm, POLICY, three)), 8),
    versus(row("authorize, 1 block, policy pre-parsed", preparsed(wasm, POLICY, one))),
    versus(row("authorize, 1 block, policy from text", fromText(wasm, POLICY, one))),
    versus(row("read the policy's text", parseOnly(wasm, POLICY))),
    versus(row("closure of a chain, n = 10", preparsed(wasm, closure(10), NONE))),
    faster(row("closure of a chain, n = 30", preparsed(wasm, closure(30), NONE)), 50),
    versus(row("RBAC join, 100 × 10", preparsed(wasm, rbac(100, 10), NONE))),
    faster(row("join, 300 × 300", preparsed(wasm, join(300), NONE)), 100),
  ];
}
