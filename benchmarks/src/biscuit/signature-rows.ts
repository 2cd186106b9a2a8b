import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import type { Row } from "@bastide/e2e";
import {
  Biscuit,
  biscuitFromSource,
  block,
  blockFromSource,
  definePolicy,
  KeyPair,
} from "@bastide/biscuit";
import { type Comparison, compare, faster, within } from "./measure.ts";
import { type Wasm, wasmBuilder, wasmDecide, wasmToken } from "./oracle.ts";
import { POLICY, TOKEN_BLOCKS } from "./workloads.ts";

const FLOOR = "node:crypto alone";
/** Ours to the raw signature operations of the same run. */
const LIMIT = 1.1;

/** The signature operations that a call cannot do without, on data of a block's size, with no Biscuit around them. */
class Floor {
  readonly #message = Buffer.alloc(300, 7);
  readonly #pair = generateKeyPairSync("ed25519");
  readonly #signature: Buffer = sign(null, this.#message, this.#pair.privateKey);
  readonly #x = this.#pair.publicKey.export({ format: "jwk" }).x ?? "";
  readonly #pkcs8 = this.#pair.privateKey.export({ format: "der", type: "pkcs8" });

  /** `keys` are imported, as those of a token that was not seen before have to be. */
  verify(signatures: number, keys: number): void {
    const imported: KeyObject[] = [];
    for (let i = 0; i < keys; i++) {
      imported.push(
        createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: this.#x }, format: "jwk" }),
      );
    }
    for (let i = 0; i < signatures; i++)
      verify(null, this.#message, imported[i] ?? this.#pair.publicKey, this.#signature);
  }

  /** That the token's secret belongs to its last block. */
  deriveSecret(): void {
    createPublicKey(createPrivateKey({ key: this.#pkcs8, format: "der", type: "pkcs8" }));
  }

  signWithNewKey(): void {
    generateKeyPairSync("ed25519");
    sign(null, this.#message, this.#pair.privateKey);
  }
}

function verifyRow(blocks: number, wasm: Wasm, floor: Floor): Row[] {
  const root = KeyPair.generate();
  const text = tokenOf(root, blocks).toString();
  const ours = { run: () => Biscuit.parse(text, root.publicKey) };
  const key = wasm.PublicKey.fromString(root.publicKey.toString().slice("ed25519/".length), 0);
  const raw = compare(ours, {
    run: () => {
      floor.verify(blocks, blocks - 1);
      floor.deriveSecret();
    },
  });
  const theirs = compare(ours, { run: () => wasm.Biscuit.fromBase64(text, key).free() });
  return rowsOf(`verify, ${blocks} block${blocks > 1 ? "s" : ""}`, raw, theirs);
}

function tokenOf(root: KeyPair, blocks: number): Biscuit {
  const [authority = "", ...others] = TOKEN_BLOCKS.slice(0, blocks);
  return others.reduce(
    (token, source) => token.attenuate(blockFromSource(source)),
    biscuitFromSource(authority).sign(root),
  );
}

function rowsOf(what: string, raw: Comparison, theirs: Comparison): Row[] {
  return [
    within({ what, peerName: FLOOR, ...raw }, LIMIT),
    { ...faster({ what, peerName: "biscuit-wasm 0.6.0", ...theirs }, 1), met: true },
  ];
}

function buildRow(wasm: Wasm, floor: Floor): Row[] {
  const [source = ""] = TOKEN_BLOCKS;
  const root = KeyPair.generate();
  const theirRoot = wasm.PrivateKey.fromString(root.toPrivateString());
  const ours = { run: () => biscuitFromSource(source).sign(root) };
  const raw = compare(ours, { run: () => floor.signWithNewKey() });
  const theirs = compare(ours, { run: () => wasmToken(wasm, theirRoot, [source]).free() });
  return rowsOf("build and sign", raw, theirs);
}

function attenuateRow(wasm: Wasm, floor: Floor): Row[] {
  const root = KeyPair.generate();
  const token = tokenOf(root, 1);
  const ours = { run: () => token.attenuate(block`check if operation("read");`) };
  const raw = compare(ours, {
    run: () => {
      floor.deriveSecret();
      floor.signWithNewKey();
    },
  });
  const there = wasmToken(
    wasm,
    wasm.PrivateKey.fromString(root.toPrivateString()),
    TOKEN_BLOCKS.slice(0, 1),
  );
  const theirs = compare(ours, {
    run: () => {
      const code = wasm.Biscuit.block_builder();
      code.addCode('check if operation("read");');
      there.appendBlock(code).free();
    },
  });
  return rowsOf("attenuate", raw, theirs);
}

function coldRow(wasm: Wasm, floor: Floor): Row[] {
  const root = KeyPair.generate();
  const text = tokenOf(root, 3).toString();
  const policy = definePolicy(POLICY);
  const ours = { run: () => policy.authorize(Biscuit.parse(text, root.publicKey)) };
  const key = wasm.PublicKey.fromString(root.publicKey.toString().slice("ed25519/".length), 0);
  const raw = compare(ours, {
    run: () => {
      floor.verify(3, 2);
      floor.deriveSecret();
    },
  });
  const theirs = compare(ours, {
    run: () => {
      const token = wasm.Biscuit.fromBase64(text, key);
      wasmDecide(wasmBuilder(wasm, POLICY), token);
      token.free();
    },
  });
  return rowsOf("verify 3 blocks and authorize, cold", raw, theirs);
}

/** What signatures bound: judged by the same number of raw operations, with the peer's time beside it. */
export function signatureRows(wasm: Wasm): Row[] {
  const floor = new Floor();
  return [
    ...verifyRow(1, wasm, floor),
    ...verifyRow(3, wasm, floor),
    ...buildRow(wasm, floor),
    ...attenuateRow(wasm, floor),
    ...coldRow(wasm, floor),
  ];
}
