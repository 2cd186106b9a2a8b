import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { fromHex, toHex } from "../values/hex.ts";
import { ALGORITHMS, type CryptoBackend } from "./backend.ts";
import { toRaw } from "./ecdsa-der.ts";
import { nodeBackend } from "./node-backend.ts";
import { webBackend } from "./web-backend.ts";

/** Both, and whether each signs and verifies P-256 at once. */
const BACKENDS: Readonly<Record<string, { backend: CryptoBackend; hasSyncP256: boolean }>> = {
  "node:crypto": { backend: nodeBackend, hasSyncP256: true },
  "noble and WebCrypto": { backend: webBackend, hasSyncP256: false },
};

const message = new TextEncoder().encode("message");
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** RFC 8032 §7.1, tests 1 to 3, and RFC 6979 §A.2.5's key. */
const SECRETS = [
  {
    algorithm: "ed25519",
    secret: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  },
  {
    algorithm: "ed25519",
    secret: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  },
  {
    algorithm: "ed25519",
    secret: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
  },
  {
    algorithm: "secp256r1",
    secret: "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
    publicKey: "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
  },
] as const;

/** RFC 8032 §7.1, test 3. */
const RFC8032_SIGNATURE =
  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

describe.each(Object.entries(BACKENDS))("the backend of %s", (_, { backend, hasSyncP256 }) => {
  it.each(SECRETS)("derives the public key of $algorithm secret $secret", (vector) => {
    const { algorithm, secret, publicKey } = vector;
    expect(toHex(backend.importSecret(algorithm, bytes(secret)).publicKey)).toBe(publicKey);
    const expected = backend.importSecret(algorithm, bytes(secret), bytes(publicKey));
    expect(toHex(expected.publicKey)).toBe(publicKey);
  });

  it("signs as RFC 8032 does", () => {
    const [, , vector] = SECRETS;
    const key = backend.importSecret("ed25519", bytes(vector.secret));
    expect(toHex(key.sign(bytes("af82")))).toBe(RFC8032_SIGNATURE);
  });

  it.each(ALGORITHMS)("refuses a %s secret that is not the expected key's", (algorithm) => {
    const [one, other] = [backend.generate(algorithm), backend.generate(algorithm)];
    const load = (): unknown =>
      backend.importSecret(algorithm, one.secret, other.signing.publicKey);
    expect(load).toThrow();
  });

  it.each(ALGORITHMS)(
    "generates %s keys that differ, and derives the same from the secret",
    (algorithm) => {
      const keys = Array.from({ length: 8 }, () => backend.generate(algorithm));
      expect(new Set(keys.map(({ secret }) => toHex(secret))).size).toBe(8);
      for (const { secret, signing } of keys) {
        expect(secret.length).toBe(32);
        expect(backend.importSecret(algorithm, secret).publicKey).toEqual(signing.publicKey);
      }
    },
  );

  it.each(ALGORITHMS)("verifies what it signed with %s, and nothing else", async (algorithm) => {
    const { signing } = backend.generate(algorithm);
    const key = backend.importPublic(algorithm, signing.publicKey);
    const signature = await signing.signAsync(message);
    expect(await key.verifyAsync(message, signature)).toBe(true);
    expect(await key.verifyAsync(message.subarray(1), signature)).toBe(false);
    const other = backend.importPublic(algorithm, backend.generate(algorithm).signing.publicKey);
    expect(await other.verifyAsync(message, signature)).toBe(false);
  });

  it.each(ALGORITHMS)(
    "does at once with %s what the platform can, and says so where it cannot",
    (algorithm) => {
      const { signing } = backend.generate(algorithm);
      const key = backend.importPublic(algorithm, signing.publicKey);
      const use = (): boolean => key.verify(message, signing.sign(message));
      const isAble = hasSyncP256 || algorithm === "ed25519";
      expect(codeOf(use)).toBe(isAble ? "no error" : "async-required");
      if (isAble) expect(use()).toBe(true);
    },
  );

  it("makes P-256 signatures that are strict DER", async () => {
    const { signing } = backend.generate("secp256r1");
    for (let i = 0; i < 32; i++) {
      expect(toRaw(await signing.signAsync(Uint8Array.of(i)))?.length).toBe(64);
    }
  });

  it("refuses P-256 scalars out of range and points off the curve", () => {
    const order = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    for (const scalar of [new Uint8Array(32), order, new Uint8Array(32).fill(0xff)]) {
      expect(() => backend.importSecret("secp256r1", scalar)).toThrow();
    }
    const off = Uint8Array.from([2, ...new Uint8Array(32).fill(0xff)]);
    expect(() => backend.importPublic("secp256r1", off)).toThrow();
  });

  it("gives one digest for a text and its bytes", () => {
    expect(backend.digest("é")).toBe(backend.digest(new TextEncoder().encode("é")));
    expect(backend.digest("a")).not.toBe(backend.digest("b"));
  });
});

describe("the two backends", () => {
  it.each(ALGORITHMS)("verify each other's %s signatures", async (algorithm) => {
    for (const [one, other] of [
      [nodeBackend, webBackend],
      [webBackend, nodeBackend],
    ] as const) {
      const { signing } = one.generate(algorithm);
      const key = other.importPublic(algorithm, signing.publicKey);
      expect(await key.verifyAsync(message, await signing.signAsync(message))).toBe(true);
    }
  });

  it("derive the same P-256 key for small, large and random scalars", () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const scalars = [1n, 2n, 3n, 4n, 5n, 0xffn, 2n ** 128n, 2n ** 255n, order - 2n, order - 1n];
    for (const scalar of scalars) {
      const secret = bytes(scalar.toString(16).padStart(64, "0"));
      const [a, b] = [nodeBackend, webBackend].map((each) =>
        each.importSecret("secp256r1", secret),
      );
      expect(a?.publicKey).toEqual(b?.publicKey);
    }
  });
});
