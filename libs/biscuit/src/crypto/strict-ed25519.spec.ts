import { verify } from "@noble/ed25519";
import { afterEach, describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { fromHex, toHex } from "../values/hex.ts";
import { useBackend } from "./default-backend.ts";
import { KeyPair } from "./key-pair.ts";
import { nodeBackend } from "./node-backend.ts";
import { PublicKey } from "./public-key.ts";
import { webBackend } from "./web-backend.ts";

/**
 * The points whose order divides 8, with either sign, and encodings of y that are not smaller than the prime: those that
 * dalek, libsodium and "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020) list.
 */
const WEAK = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
const message = (i: number): Uint8Array => Uint8Array.of(i & 0xff, i >> 8);
/** The eight points of small order, canonically encoded. */
const TORSION = WEAK.slice(0, 10).filter((_, i) => i !== 1 && i !== 5);

/** Signatures with S = 0 that hold for a share of all messages when A and R are of small order. */
function forgery(i: number): { key: Uint8Array; signature: Uint8Array; message: Uint8Array } {
  const signature = new Uint8Array(64);
  signature.set(bytes(TORSION[(i >> 3) % 8] ?? ""));
  return { key: bytes(TORSION[i % 8] ?? ""), signature, message: message(i >> 6) };
}

describe("forgeries with small orders", () => {
  it("are real: a verifier that is not strict, as OpenSSL is on Node 20 and 22, takes them", () => {
    const sample = Array.from({ length: 64 }, (_, i) => forgery(i));
    const accepted = sample.filter((each) =>
      verify(each.signature, each.message, each.key, { zip215: true }),
    );
    expect(accepted.length).toBe(64);
  });
});

describe.each([
  ["node:crypto", nodeBackend],
  ["noble", webBackend],
])("strict Ed25519 on %s", (_, backend) => {
  let restore = (): void => undefined;
  const on = <Result>(use: () => Result): Result => {
    restore = useBackend(backend);
    return use();
  };
  afterEach(() => {
    restore();
  });

  it("takes none of 4,096 forgeries, whose keys are refused already", () => {
    const accepted = on(() =>
      Array.from({ length: 4096 }, (_x, i) => forgery(i)).filter((each) => {
        const load = (): boolean =>
          PublicKey.fromBytes("ed25519", each.key).verify(each.message, each.signature);
        return codeOf(load) !== "invalid-key";
      }),
    );
    expect(accepted).toEqual([]);
  });

  it.each(WEAK)("refuses the public key %s", (point) => {
    expect(codeOf(() => on(() => PublicKey.fromBytes("ed25519", bytes(point))))).toBe(
      "invalid-key",
    );
  });

  it.each(WEAK)("refuses a signature whose R is %s, whatever its S", (point) => {
    const pair = on(() => KeyPair.generate());
    for (const s of [new Uint8Array(32), pair.sign(message(1)).subarray(32)]) {
      const forged = Uint8Array.from([...bytes(point), ...s]);
      expect(pair.publicKey.verify(message(1), forged)).toBe(false);
    }
  });

  it("refuses S that is not reduced, and signatures of other lengths", () => {
    const pair = on(() => KeyPair.generate());
    const signature = pair.sign(message(1));
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${toHex(signature.slice(32).toReversed())}`);
    for (const larger of [s + order, s + 2n * order, order]) {
      const encoded = bytes(larger.toString(16).padStart(64, "0")).toReversed();
      const malleated = Uint8Array.from([...signature.slice(0, 32), ...encoded]);
      expect(pair.publicKey.verify(message(1), malleated)).toBe(false);
    }
    for (const length of [0, 32, 63])
      expect(pair.publicKey.verify(message(1), signature.subarray(0, length))).toBe(false);
    expect(pair.publicKey.verify(message(1), Uint8Array.from([...signature, 0]))).toBe(false);
    expect(pair.publicKey.verify(message(1), signature)).toBe(true);
  });
});
