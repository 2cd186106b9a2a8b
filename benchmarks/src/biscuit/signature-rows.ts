import type { Row } from "@bastide/e2e";
import {
  Biscuit,
  biscuitFromSource,
  block,
  blockFromSource,
  definePolicy,
  KeyPair,
  TokenVerifier,
} from "@bastide/biscuit";
import { compare, faster, type Subject, versus, within } from "./measure.ts";
import { type Wasm, wasmBuilder, wasmDecide, wasmToken } from "./oracle.ts";
import { RawCrypto } from "./raw-crypto.ts";
import { POLICY, TOKEN_BLOCKS } from "./workloads.ts";

const FLOOR = "node:crypto alone";
const WASM = "biscuit-wasm 0.6.0";
/** Ours to the raw signature operations of the same run. */
const LIMIT = 1.1;

/** One thing to do: how we do it, the raw operations it needs, and how the peer does it. */
interface Work<Prepared> {
  readonly what: string;
  readonly ours: Subject<Prepared>;
  readonly floor: () => void;
  /** Reads source or looks things up, which signatures do not bound: its time beside the floor is shown and not judged. */
  readonly doesMore?: true;
  readonly wasm?: () => void;
  /** How many times as fast as the peer it must be; only compared unless given. */
  readonly times?: number;
}

function rowsOf<Prepared>({ what, ours, floor, doesMore, wasm, times }: Work<Prepared>): Row[] {
  const beside = { what, peerName: FLOOR, ...compare(ours, { run: floor }) };
  const raw = doesMore ? versus(beside) : within(beside, LIMIT);
  if (wasm === undefined) return [raw];
  const named = { what, peerName: WASM, ...compare(ours, { run: wasm }) };
  return [raw, times === undefined ? versus(named) : faster(named, times)];
}

function tokenOf(root: KeyPair, blocks: number): Biscuit {
  const [authority = "", ...others] = TOKEN_BLOCKS.slice(0, blocks);
  return others.reduce(
    (token, source) => token.attenuate(blockFromSource(source)),
    biscuitFromSource(authority).sign(root),
  );
}

/** The peer numbers algorithms as the wire does. */
function wasmKey(wasm: Wasm, { publicKey }: KeyPair): unknown {
  const [, hex = ""] = publicKey.toString().split("/");
  return wasm.PublicKey.fromString(hex, publicKey.algorithm === "ed25519" ? 0 : 1);
}

function verifyWork(blocks: number, wasm: Wasm, raw: RawCrypto): Work<undefined> {
  const root = KeyPair.generate();
  const text = tokenOf(root, blocks).toString();
  const key = wasmKey(wasm, root);
  return {
    what: `verify, ${blocks} block${blocks > 1 ? "s" : ""}`,
    ours: { run: () => Biscuit.parse(text, root.publicKey) },
    floor: () => {
      raw.verify(blocks, blocks - 1);
      raw.deriveSecret();
    },
    wasm: () => wasm.Biscuit.fromBase64(text, key).free(),
  };
}

function p256Work(wasm: Wasm, raw: RawCrypto): Work<undefined> {
  const root = KeyPair.generate("secp256r1");
  const text = tokenOf(root, 1).toString();
  const key = wasmKey(wasm, root);
  return {
    what: "verify, 1 block, P-256 root key",
    ours: { run: () => Biscuit.parse(text, root.publicKey) },
    floor: () => {
      raw.verifyP256();
      raw.deriveSecret();
    },
    wasm: () => wasm.Biscuit.fromBase64(text, key).free(),
    times: 5,
  };
}

function buildWork(wasm: Wasm, raw: RawCrypto): Work<undefined> {
  const [source = ""] = TOKEN_BLOCKS;
  const root = KeyPair.generate();
  const theirRoot = wasm.PrivateKey.fromString(root.toPrivateString());
  return {
    what: "build and sign, from source",
    ours: { run: () => biscuitFromSource(source).sign(root) },
    doesMore: true,
    floor: () => raw.signWithNewKey(),
    wasm: () => wasmToken(wasm, theirRoot, [source]).free(),
  };
}

function attenuateWork(wasm: Wasm, raw: RawCrypto): Work<undefined> {
  const root = KeyPair.generate();
  const token = tokenOf(root, 1);
  const theirRoot = wasm.PrivateKey.fromString(root.toPrivateString());
  const there = wasmToken(wasm, theirRoot, TOKEN_BLOCKS.slice(0, 1));
  return {
    what: "attenuate, from source",
    ours: { run: () => token.attenuate(block`check if operation("read");`) },
    doesMore: true,
    floor: () => raw.signWithNewKey(),
    wasm: () => {
      const code = wasm.Biscuit.block_builder();
      code.addCode('check if operation("read");');
      there.appendBlock(code).free();
    },
  };
}

/** Signing what is ready, which is what an issuer with a fixed template does. */
function signWork(raw: RawCrypto): Work<undefined> {
  const root = KeyPair.generate();
  const unsigned = biscuitFromSource(TOKEN_BLOCKS[0] ?? "");
  return {
    what: "sign what is built",
    ours: { run: () => unsigned.sign(root) },
    floor: () => raw.signWithNewKey(),
  };
}

/** With a block that is ready, which is what a service with fixed restrictions does. */
function narrowWork(raw: RawCrypto): Work<undefined> {
  const token = tokenOf(KeyPair.generate(), 1);
  const narrower = block`check if operation("read");`;
  return {
    what: "attenuate with what is built",
    ours: { run: () => token.attenuate(narrower) },
    floor: () => raw.signWithNewKey(),
  };
}

function sealWork(raw: RawCrypto): Work<undefined> {
  const token = tokenOf(KeyPair.generate(), 1);
  return { what: "seal", ours: { run: () => token.seal() }, floor: () => raw.sign() };
}

/** The peer's whole answer to a request: verify, then decide. */
function wasmAnswer(wasm: Wasm, text: string, root: KeyPair): () => void {
  const key = wasmKey(wasm, root);
  return () => {
    const token = wasm.Biscuit.fromBase64(text, key);
    wasmDecide(wasmBuilder(wasm, POLICY), token);
    token.free();
  };
}

function coldWork(wasm: Wasm, raw: RawCrypto): Work<undefined> {
  const root = KeyPair.generate();
  const text = tokenOf(root, 3).toString();
  const policy = definePolicy(POLICY);
  return {
    what: "verify 3 blocks and authorize, cold",
    ours: { run: () => policy.authorize(Biscuit.parse(text, root.publicKey)) },
    floor: () => {
      raw.verify(3, 2);
      raw.deriveSecret();
    },
    wasm: wasmAnswer(wasm, text, root),
  };
}

/** A token that was never seen, made of one that was: only its new block is verified. */
function prefixWork(raw: RawCrypto): Work<string> {
  const root = KeyPair.generate();
  const parent = tokenOf(root, 2);
  const verifier = new TokenVerifier({ keys: root.publicKey });
  verifier.verify(parent.toString());
  return {
    what: "verify the third block of a known chain",
    doesMore: true,
    ours: {
      prepare: () => parent.attenuate(blockFromSource(TOKEN_BLOCKS[2] ?? "")).toString(),
      run: (text) => verifier.verify(text),
    },
    floor: () => {
      raw.verify(1, 0);
      raw.deriveSecret();
    },
  };
}

function cachedRow(wasm: Wasm): Row {
  const root = KeyPair.generate();
  const text = tokenOf(root, 3).toString();
  const policy = definePolicy(POLICY);
  const verifier = new TokenVerifier({ keys: root.publicKey });
  const ours = { run: () => policy.authorize(verifier.verify(text)) };
  const comparison = compare(ours, { run: wasmAnswer(wasm, text, root) });
  const what = "verify 3 blocks and authorize, known token";
  return faster({ what, peerName: WASM, ...comparison }, 40);
}

/** What signatures bound: judged by the same number of raw operations, with the peer's time beside it. */
export function signatureRows(wasm: Wasm): Row[] {
  const raw = new RawCrypto();
  return [
    ...rowsOf(verifyWork(1, wasm, raw)),
    ...rowsOf(verifyWork(3, wasm, raw)),
    ...rowsOf(p256Work(wasm, raw)),
    ...rowsOf(buildWork(wasm, raw)),
    ...rowsOf(signWork(raw)),
    ...rowsOf(attenuateWork(wasm, raw)),
    ...rowsOf(narrowWork(raw)),
    ...rowsOf(sealWork(raw)),
    ...rowsOf(coldWork(wasm, raw)),
    ...rowsOf(prefixWork(raw)),
    cachedRow(wasm),
  ];
}
