import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { biscuit } from "../token/authority.ts";
import { Biscuit } from "../token/biscuit.ts";
import { block } from "../token/block.ts";
import { codeOf } from "../error-code.fixture.ts";
import { KeyPair } from "./key-pair.ts";
import { otherForm } from "./malleate.fixture.ts";
import { toRaw } from "./ecdsa-der.ts";
import { PublicKey } from "./public-key.ts";
import type { AsyncSigner, Signer } from "./signer.ts";
import { installKeyFormats } from "./key-files.ts";

installKeyFormats();

const OWN = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A key that nobody can take out of WebCrypto: what a browser or a cloud's module gives. */
async function webCryptoSigner(kind: "P-256" | "Ed25519"): Promise<AsyncSigner> {
  const algorithm = kind === "P-256" ? OWN : { name: "Ed25519" };
  const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("not a pair of keys");
  const publicKey = PublicKey.fromJwk(await crypto.subtle.exportKey("jwk", pair.publicKey));
  const how = kind === "P-256" ? { name: "ECDSA", hash: "SHA-256" } : algorithm;
  return {
    publicKey,
    signAsync: async (message) =>
      new Uint8Array(await crypto.subtle.sign(how, pair.privateKey, Uint8Array.from(message))),
  };
}

const codeOfAsync = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => "no error",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

describe.each(["P-256", "Ed25519"] as const)(
  "a WebCrypto %s key that cannot be exported",
  (kind) => {
    it("signs a token, and a third party's block for it", async () => {
      const [root, third] = [await webCryptoSigner(kind), await webCryptoSigner(kind)];
      const token =
        await biscuit`user("a"); check if seen(true) trusting ${third.publicKey};`.signAsync(root);
      const answer = await token.thirdPartyRequest().createBlockAsync(third, block`seen(true);`);
      const full = token.appendThirdParty(answer);
      expect(
        Biscuit.parse(full.toString(), root.publicKey).blocks[1]?.externalKey?.equals(
          third.publicKey,
        ),
      ).toBe(true);
    });
  },
);

describe("a signer", () => {
  const pair = KeyPair.generate("secp256r1");
  const { publicKey } = pair;
  const sign = (signer: Signer): Biscuit => biscuit`user("a");`.sign(signer);

  it("may give P-256 signatures in DER or as r and s, small s or large: the token has one form", () => {
    const forms: readonly ((signature: Uint8Array) => Uint8Array)[] = [
      (signature) => signature,
      otherForm,
      (signature) => toRaw(signature) ?? signature,
      (signature) => toRaw(otherForm(signature)) ?? signature,
    ];
    for (const form of forms) {
      const token = sign({ publicKey, sign: (message) => form(pair.sign(message)) });
      const [{ signature }] = token.data.envelope.blocks;
      expect(token.revocationIds[0]).toBe(Buffer.from(signature).toString("hex"));
      expect(codeOf(() => Biscuit.parse(token.toBytes(), publicKey))).toBe("no error");
    }
  });

  it.each([
    [
      "signs with another key",
      (message: Uint8Array) => KeyPair.generate("secp256r1").sign(message),
    ],
    [
      "signs a digest",
      (message: Uint8Array) => pair.sign(createHash("sha256").update(message).digest()),
    ],
    ["gives nothing", () => new Uint8Array()],
  ])("that %s is found out before the token leaves", async (_, wrong) => {
    expect(codeOf(() => sign({ publicKey, sign: wrong }))).toBe("signer-failed");
    const later: AsyncSigner = { publicKey, signAsync: async (message) => wrong(message) };
    expect(await codeOfAsync(biscuit`user("a");`.signAsync(later))).toBe("signer-failed");
  });

  it("that throws is named, with its error as the cause", () => {
    const cause = new Error("access denied");
    const signer: Signer = {
      publicKey,
      sign: () => {
        throw cause;
      },
    };
    expect(() => sign(signer)).toThrow(expect.objectContaining({ code: "signer-failed", cause }));
  });
});
