import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { fromHex, toHex } from "../values/hex.ts";
import { ALGORITHMS } from "./backend.ts";
import { canonicalSignature, toRaw } from "./ecdsa-der.ts";
import { KeyPair } from "./key-pair.ts";
import { derOf, otherForm } from "./malleate.fixture.ts";
import { N, to32Bytes } from "./p256-point.ts";
import { PublicKey } from "./public-key.ts";
import { installKeyFormats } from "./key-files.ts";

installKeyFormats();

const message = new TextEncoder().encode("message");
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

describe.each(ALGORITHMS)("%s keys", (algorithm) => {
  const pair = KeyPair.generate(algorithm);

  it("verify their own signatures and no others", () => {
    const signature = pair.sign(message);
    expect(pair.publicKey.verify(message, signature)).toBe(true);
    expect(pair.publicKey.verify(new Uint8Array(1), signature)).toBe(false);
    expect(KeyPair.generate(algorithm).publicKey.verify(message, signature)).toBe(false);
  });

  it("go through PEM, text and bytes", () => {
    for (const copy of [
      KeyPair.fromPem(pair.toPem()),
      KeyPair.fromString(pair.toPrivateString()),
      KeyPair.fromSecret(algorithm, pair.secret),
    ]) {
      expect(copy.publicKey.toString()).toBe(pair.publicKey.toString());
      expect(pair.publicKey.verify(message, copy.sign(message))).toBe(true);
    }
    const { publicKey } = pair;
    for (const copy of [
      PublicKey.fromPem(publicKey.toPem()),
      PublicKey.fromString(publicKey.toString()),
      PublicKey.fromBytes(algorithm, publicKey.bytes),
    ]) {
      expect(copy.equals(publicKey)).toBe(true);
    }
  });

  it("do not show their secret when they are logged", () => {
    const secret = toHex(pair.secret);
    const shown = [
      String(pair),
      JSON.stringify({ pair }),
      inspect(pair, { depth: 9, showHidden: true }),
    ];
    expect(shown.filter((text) => text.includes(secret))).toEqual([]);
  });

  it("are refused with another size", () => {
    expect(codeOf(() => KeyPair.fromSecret(algorithm, new Uint8Array(31)))).toBe("invalid-key");
    expect(codeOf(() => PublicKey.fromBytes(algorithm, new Uint8Array(31)))).toBe("invalid-key");
    expect(codeOf(() => PublicKey.fromString(`${algorithm}/00`))).toBe("invalid-key");
    expect(codeOf(() => PublicKey.fromString(`rsa/${"00".repeat(32)}`))).toBe("invalid-key");
  });
});

describe("keys of other kinds", () => {
  it("are refused with a code, and a message that quotes nothing of them", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
    expect(
      codeOf(() => KeyPair.fromPem(privateKey.export({ format: "pem", type: "pkcs8" }).toString())),
    ).toBe("invalid-key");
    expect(
      codeOf(() => PublicKey.fromPem(publicKey.export({ format: "pem", type: "spki" }).toString())),
    ).toBe("invalid-key");
    expect(codeOf(() => KeyPair.fromPem("secret text"))).toBe("invalid-key");
    expect(codeOf(() => KeyPair.fromSecret("secp256r1", new Uint8Array(32)))).toBe("invalid-key");
  });

  it("are written so that Node reads them", () => {
    expect(
      createPrivateKey(KeyPair.generate("secp256r1").toPem()).asymmetricKeyDetails?.namedCurve,
    ).toBe("prime256v1");
  });
});

describe("P-256 signatures", () => {
  it("have one canonical form of the two that verify", () => {
    const pair = KeyPair.generate("secp256r1");
    for (let i = 0; i < 20; i++) {
      const signature = pair.sign(message);
      const other = otherForm(signature);
      expect(pair.publicKey.verify(message, other)).toBe(true);
      expect(canonicalSignature(other)).toEqual(signature);
      expect(canonicalSignature(signature)).toEqual(signature);
    }
  });

  it("are read in strict DER with r and s in range", () => {
    expect(toRaw(derOf(1n, 1n))).toEqual(Uint8Array.from([...to32Bytes(1n), ...to32Bytes(1n)]));
    const wrong = [
      derOf(0n, 1n),
      derOf(N, 1n),
      derOf(1n, N),
      bytes("3006020100020101"),
      bytes("300702020001020101"),
      bytes("30060201010201"),
      bytes("300602018102010100"),
      new Uint8Array(),
    ];
    expect(wrong.map(toRaw)).toEqual(wrong.map(() => undefined));
  });

  it("of a point that is not on the curve are not even asked for", () => {
    const off = Uint8Array.from([2, ...new Uint8Array(32).fill(0xff)]);
    expect(codeOf(() => PublicKey.fromBytes("secp256r1", off))).toBe("invalid-key");
    expect(PublicKey.ofWire("secp256r1", off).verify(message, derOf(1n, 1n))).toBe(false);
  });
});
