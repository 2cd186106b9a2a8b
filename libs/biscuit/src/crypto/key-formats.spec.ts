import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { describe, expect, it } from "vitest";
import { codeOf, errorOf } from "../error-code.fixture.ts";
import { toHex } from "../values/hex.ts";
import { ALGORITHMS, type Algorithm } from "./backend.ts";
import { KeyPair } from "./key-pair.ts";
import { PublicKey } from "./public-key.ts";
import { installKeyFormats } from "./key-files.ts";

installKeyFormats();

const generate = (algorithm: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } =>
  algorithm === "ed25519"
    ? generateKeyPairSync("ed25519")
    : generateKeyPairSync("ec", { namedCurve: "P-256" });

const der = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: "der", type: key.type === "public" ? "spki" : "pkcs8" }));
const pem = (key: KeyObject): string =>
  key.export({ format: "pem", type: key.type === "public" ? "spki" : "pkcs8" }).toString();
const codes = (...runs: readonly (() => unknown)[]): string[] => runs.map(codeOf);

describe.each(ALGORITHMS)("%s keys of OpenSSL", (algorithm) => {
  it("are read from PEM, DER and JWK, and written so that OpenSSL reads the same", () => {
    for (let i = 0; i < 20; i++) {
      const theirs = generate(algorithm);
      const ours = KeyPair.fromPem(pem(theirs.privateKey));
      const same = [
        KeyPair.fromDer(der(theirs.privateKey)),
        KeyPair.fromJwk(theirs.privateKey.export({ format: "jwk" })),
        KeyPair.fromPem(ours.toPem()),
        KeyPair.fromDer(ours.toDer()),
        KeyPair.fromJwk(ours.toJwk()),
      ];
      expect(same.map((key) => key.toPrivateString())).toEqual(
        same.map(() => ours.toPrivateString()),
      );
      const publics = [
        PublicKey.fromPem(pem(theirs.publicKey)),
        PublicKey.fromDer(der(theirs.publicKey)),
        PublicKey.fromJwk(theirs.publicKey.export({ format: "jwk" })),
        PublicKey.fromPem(ours.publicKey.toPem()),
        PublicKey.fromDer(ours.publicKey.toDer()),
        PublicKey.fromJwk(ours.publicKey.toJwk()),
      ];
      expect(publics.map(String)).toEqual(publics.map(() => String(ours.publicKey)));
      expect(ours.publicKey.toPem()).toBe(pem(theirs.publicKey));
      expect(ours.toPem()).toBe(pem(theirs.privateKey));
      expect(createPrivateKey(ours.toPem()).equals(theirs.privateKey)).toBe(true);
      expect(createPublicKey(ours.publicKey.toPem()).equals(theirs.publicKey)).toBe(true);
    }
  });
});

describe("other forms of P-256 keys", () => {
  const { privateKey, publicKey } = generate("secp256r1");
  const ours = KeyPair.fromPem(pem(privateKey));

  it("are read: SEC 1, behind the parameters that OpenSSL writes, and compressed points", () => {
    const sec1 = privateKey.export({ format: "pem", type: "sec1" }).toString();
    const parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (const text of [sec1, parameters + sec1])
      expect(KeyPair.fromPem(text).toPrivateString()).toBe(ours.toPrivateString());
    const compressed = Uint8Array.from([
      ...Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex"),
      ...ours.publicKey.bytes,
    ]);
    expect(PublicKey.fromDer(compressed).equals(ours.publicKey)).toBe(true);
    expect(
      createPublicKey({ key: Buffer.from(compressed), format: "der", type: "spki" }).equals(
        publicKey,
      ),
    ).toBe(true);
  });
});

describe("a key that is none", () => {
  const others: readonly KeyObject[] = [
    generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey,
    generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey,
    generateKeyPairSync("x25519").privateKey,
    generateKeyPairSync("ed448").privateKey,
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey,
  ];

  it.each(
    others.map(
      (key) => [key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType, key] as const,
    ),
  )("is refused: %s, whatever the format", (_, key) => {
    const publicKey = createPublicKey(key);
    expect(
      codes(
        () => KeyPair.fromPem(pem(key)),
        () => KeyPair.fromDer(der(key)),
        () => KeyPair.fromJwk(key.export({ format: "jwk" })),
        () => PublicKey.fromPem(pem(publicKey)),
        () => PublicKey.fromDer(der(publicKey)),
        () => PublicKey.fromJwk(publicKey.export({ format: "jwk" })),
      ),
    ).toEqual(Array.from({ length: 6 }, () => "invalid-key"));
  });

  it.each(ALGORITHMS)("is refused: %s whose public half is another secret's", (algorithm) => {
    const [a, b] = [KeyPair.generate(algorithm), KeyPair.generate(algorithm)];
    const mixed = { ...b.toJwk(), d: a.toJwk().d };
    const error = errorOf(() => KeyPair.fromJwk(mixed));
    expect(error?.code).toBe("invalid-key");
    expect(`${String(error)} ${String(error?.stack)}`).not.toContain(mixed.d);
    expect(String(error)).not.toContain(toHex(a.secret));
  });

  it("is refused: a point off the curve, in every format", () => {
    const { x, kty, crv, y = "" } = KeyPair.generate("secp256r1").publicKey.toJwk();
    const off = `${y.startsWith("A") ? "B" : "A"}${y.slice(1)}`;
    expect(codeOf(() => PublicKey.fromJwk({ kty, crv, x, y: off }))).toBe("invalid-key");
    const spki = Buffer.concat([
      Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex"),
      Buffer.from(x, "base64url"),
      Buffer.from(off, "base64url"),
    ]);
    expect(codeOf(() => PublicKey.fromDer(spki))).toBe("invalid-key");
    expect(codeOf(() => PublicKey.fromString(`secp256r1/02${"ff".repeat(32)}`))).toBe(
      "invalid-key",
    );
  });

  it.each(ALGORITHMS)(
    "is refused: %s cut short, with something behind it, or with a byte changed",
    (algorithm) => {
      const pair = KeyPair.generate(algorithm);
      const text = pair.toPem();
      const [privateDer, publicDer] = [pair.toDer(), pair.publicKey.toDer()];
      for (let length = 0; length < privateDer.length; length++)
        expect(codeOf(() => KeyPair.fromDer(privateDer.subarray(0, length)))).toBe("invalid-key");
      for (let length = 0; length < publicDer.length; length++)
        expect(codeOf(() => PublicKey.fromDer(publicDer.subarray(0, length)))).toBe("invalid-key");
      expect(
        codes(
          () => KeyPair.fromDer(Uint8Array.from([...privateDer, 0])),
          () => PublicKey.fromDer(Uint8Array.from([...publicDer, 0])),
          () => KeyPair.fromPem(text + text),
          () => KeyPair.fromPem(text.replace("PRIVATE", "ENCRYPTED PRIVATE")),
          () => KeyPair.fromPem(pair.publicKey.toPem()),
          () => PublicKey.fromPem(text),
          () => KeyPair.fromJwk(pair.publicKey.toJwk()),
          () => KeyPair.fromJwk({ ...pair.toJwk(), d: "AA" }),
          () => PublicKey.fromJwk({}),
          () => KeyPair.fromPem("-----BEGIN PRIVATE KEY-----".repeat(1000)),
        ),
      ).toEqual(Array.from({ length: 10 }, () => "invalid-key"));
    },
  );

  it.each(ALGORITHMS)(
    "never makes anything but a BiscuitError of random changes to %s",
    (algorithm) => {
      const pair = KeyPair.generate(algorithm);
      const source = pair.toDer();
      for (let i = 0; i < source.length * 8; i++) {
        const changed = Uint8Array.from(source);
        changed[i >> 3] = (changed[i >> 3] ?? 0) ^ (1 << (i & 7));
        expect(["invalid-key", "no error"]).toContain(codeOf(() => KeyPair.fromDer(changed)));
      }
    },
  );
});
