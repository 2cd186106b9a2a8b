import { describe, expect, it } from "vitest";
import { useBackend } from "../crypto/default-backend.ts";
import { otherForm } from "../crypto/malleate.fixture.ts";
import { KeyPair } from "../crypto/key-pair.ts";
import { nodeBackend } from "../crypto/node-backend.ts";
import { codeOf } from "../error-code.fixture.ts";
import { writeEnvelope } from "../wire/envelope.ts";
import { biscuit } from "./authority.ts";
import { Biscuit, UnverifiedBiscuit } from "./biscuit.ts";
import { block } from "./block.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { MemoryRevocationStore } from "./memory-revocation-store.ts";
import type { RevocationStore } from "./revocation.ts";
import { KeyRing } from "./key-ring.ts";
import { AsyncTokenVerifier, TokenVerifier, type TokenVerifierOptions } from "./token-verifier.ts";

/** Node's backend, counting. In place before there is any key, since keys keep the backend they were made with. */
let verified = 0;
const counted = <Result>(result: Result): Result => {
  verified++;
  return result;
};
useBackend({
  ...nodeBackend,
  importPublic(algorithm, publicKey) {
    const key = nodeBackend.importPublic(algorithm, publicKey);
    return {
      verify: (message, signature) => counted(key.verify(message, signature)),
      verifyAsync: (message, signature) => counted(key.verifyAsync(message, signature)),
    };
  },
});

const root = KeyPair.generate();
const token = biscuit`user("a");`.rootKeyId(1).sign(root);
const child = token.attenuate(block`check if true;`);
const ring = KeyRing.of([{ id: 1, publicKey: root.publicKey }]);

/** Both verifiers with one face. */
const VERIFIERS: Readonly<
  Record<
    string,
    (options: TokenVerifierOptions) => (token: string | Uint8Array) => Promise<unknown>
  >
> = {
  synchronous: (options) => {
    const verifier = new TokenVerifier(options);
    return async (input) => {
      const result = verifier.safeVerify(input);
      return result.ok ? result.token : result.error.code;
    };
  },
  asynchronous: (options) => {
    const verifier = new AsyncTokenVerifier(options);
    return async (input) => {
      const result = await verifier.safeVerify(input);
      return result.ok ? result.token : result.error.code;
    };
  },
};

/** How many signatures were looked at while `run` ran. */
async function verifications(run: () => Promise<unknown>): Promise<number> {
  const before = verified;
  await run();
  return verified - before;
}

describe.each(Object.entries(VERIFIERS))("a verifier, %s,", (_, make) => {
  it("gives the same token for the same text, without verifying again", async () => {
    const verify = make({ keys: ring });
    const first = await verify(child.toString());
    expect(first).toBeInstanceOf(Biscuit);
    expect(
      await verifications(async () => expect(await verify(child.toString())).toBe(first)),
    ).toBe(0);
  });

  it("verifies only what is new of a token that was attenuated, or shares its authority block", async () => {
    const verify = make({ keys: ring });
    expect(await verifications(() => verify(token.toString()))).toBe(1);
    expect(await verifications(() => verify(child.toString()))).toBe(1);
    const grandchild = child.attenuate(block`check if true;`);
    expect(await verifications(() => verify(grandchild.toString()))).toBe(1);
    const sibling = token.attenuate(block`check if true;`).attenuate(block`check if true;`);
    expect(await verifications(() => verify(sibling.toString()))).toBe(2);
    const sealed = grandchild.seal();
    expect(await verifications(() => verify(sealed.toString()))).toBe(1);
  });

  it("remembers nothing of a token that was refused", async () => {
    const verify = make({ keys: ring });
    const [authority, second] = child.data.envelope.blocks;
    const signature = Uint8Array.from(second?.signature ?? [], (byte, i) =>
      i === 40 ? byte ^ 1 : byte,
    );
    const forged = writeEnvelope({
      ...child.data.envelope,
      blocks: [authority, { ...(second ?? authority), signature }],
    });
    for (let i = 0; i < 3; i++) expect(await verify(forged)).toBe("invalid-signature");
    expect(await verifications(() => verify(token.toString()))).toBe(1);
  });

  it("is not led by a known beginning to accept another block after it, or another secret", async () => {
    const verify = make({ keys: ring });
    await verify(child.toString());
    const { envelope } = child.data;
    const [authority, second = authority] = envelope.blocks;
    const changed = { ...second, data: Uint8Array.from([...second.data, 0]) };
    expect(await verify(writeEnvelope({ ...envelope, blocks: [authority, changed] }))).toBe(
      "invalid-signature",
    );
    const stripped = { ...envelope, blocks: [authority] as const };
    expect(await verify(writeEnvelope(stripped))).toBe("invalid-signature");
    const proof = { kind: "secret", secret: KeyPair.generate().secret } as const;
    expect(await verify(writeEnvelope({ ...envelope, proof }))).toBe("invalid-signature");
  });

  it("stops accepting a known token the moment its root key is trusted no more", async () => {
    let now = new Date(1000);
    const options = { now: () => now };
    const rotating = KeyRing.of(
      [{ id: 1, publicKey: root.publicKey, notBefore: new Date(500), notAfter: new Date(2000) }],
      options,
    );
    const verify = make({ keys: rotating });
    expect(await verify(token.toString())).toBeInstanceOf(Biscuit);
    now = new Date(2000);
    expect(await verify(token.toString())).toBe("inactive-root-key");
    now = new Date(1999);
    expect(await verify(token.toString())).toBeInstanceOf(Biscuit);
  });

  it("asks for the key each time, so that another key under the same id ends a known token", async () => {
    let key = root.publicKey;
    const verify = make({ keys: () => key });
    expect(await verify(child.toString())).toBeInstanceOf(Biscuit);
    key = KeyPair.generate().publicKey;
    expect(await verify(child.toString())).toBe("invalid-signature");
  });

  it("refuses a known token from the moment one of its blocks is revoked, and all that descend from it", async () => {
    const revocations = new MemoryRevocationStore();
    const verify = make({ keys: ring, revocations });
    expect(await verify(child.toString())).toBeInstanceOf(Biscuit);
    revocations.revoke(child.revocationIds[1] ?? "");
    expect(await verify(child.toString())).toBe("revoked");
    expect(await verify(child.attenuate(block`check if true;`).toString())).toBe("revoked");
    expect(await verify(token.toString())).toBeInstanceOf(Biscuit);
    revocations.revoke(token.revocationIds[0]?.toUpperCase() ?? "");
    expect(await verify(token.toString())).toBe("revoked");
    revocations.restore(token.revocationIds[0] ?? "");
    expect(await verify(token.toString())).toBeInstanceOf(Biscuit);
  });

  it("asks for revocations before it verifies anything", async () => {
    const revocations: RevocationStore = { findRevoked: (ids) => ids[0] };
    const verify = make({ keys: ring, revocations });
    expect(
      await verifications(async () => expect(await verify(token.toString())).toBe("revoked")),
    ).toBe(0);
  });

  it("is not escaped by the other form of a P-256 signature", async () => {
    const signer = KeyPair.generate("secp256r1");
    const { envelope } = biscuit`user("a");`.sign(signer).data;
    const [authority] = envelope.blocks;
    const turned = writeEnvelope({
      ...envelope,
      blocks: [{ ...authority, signature: otherForm(authority.signature) }],
    });
    const revocations = new MemoryRevocationStore();
    const verify = make({ keys: signer.publicKey, revocations });
    expect(await verify(turned)).toBeInstanceOf(Biscuit);
    revocations.revoke(UnverifiedBiscuit.parse(writeEnvelope(envelope)).revocationIds[0] ?? "");
    expect(await verify(turned)).toBe("revoked");
  });

  it("can be told to remember nothing", async () => {
    const verify = make({ keys: ring, cache: { maxTokens: 0, maxPrefixes: 0 } });
    await verify(child.toString());
    expect(await verifications(() => verify(child.toString()))).toBe(2);
  });

  it("keeps within its bounds of count and size", async () => {
    const tokens = Array.from({ length: 5 }, (_x, i) =>
      biscuit`user(${i});`.rootKeyId(1).sign(root).toString(),
    );
    const [first = ""] = tokens;
    const bounds = [{ maxTokens: 2 }, { maxTokenBytes: 2 * first.length }];
    for (const cache of bounds) {
      const verify = make({ keys: ring, cache: { ...cache, maxPrefixes: 0 } });
      for (const each of tokens) await verify(each);
      expect(await verifications(() => verify(tokens[4] ?? ""))).toBe(0);
      expect(await verifications(() => verify(first))).toBe(1);
    }
  });

  it.each([
    ["nothing", "", "malformed-token"],
    ["megabytes", "A".repeat(5_000_000), "too-large"],
    ["another alphabet", "+/+/", "malformed-token"],
    ["no bytes", new Uint8Array(), "malformed-token"],
  ])("says what is wrong with %s", async (_x, input, code) => {
    expect(await make({ keys: ring })(input)).toBe(code);
  });
});

describe("a bounded cache", () => {
  it("forgets what was not used for longest, and does not keep what is larger than itself", () => {
    const cache = new BoundedCache<number>({ maxEntries: 2, maxBytes: 10 });
    cache.set("a", 1, 4);
    cache.set("b", 2, 4);
    cache.get("a");
    cache.set("c", 3, 4);
    expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
    cache.set("d", 4, 11);
    expect([cache.get("d"), cache.size]).toEqual([undefined, { entries: 2, bytes: 8 }]);
    cache.set("a", 5, 10);
    expect([cache.get("a"), cache.size]).toEqual([5, { entries: 1, bytes: 10 }]);
    cache.clear();
    expect(cache.size).toEqual({ entries: 0, bytes: 0 });
  });
});

describe("a key ring", () => {
  const [a, b] = [KeyPair.generate().publicKey, KeyPair.generate("secp256r1").publicKey];

  it("tries its keys without id in order for tokens that name none", () => {
    const several = KeyRing.of([{ publicKey: a }, { publicKey: b }, { publicKey: root.publicKey }]);
    const anonymous = biscuit`user("a");`.sign(root).toBytes();
    expect(codeOf(() => Biscuit.parse(anonymous, several))).toBe("no error");
    expect(codeOf(() => Biscuit.parse(token.toBytes(), several))).toBe("unknown-root-key");
    const wrong = KeyRing.of([{ publicKey: a }, { publicKey: b }]);
    expect(codeOf(() => Biscuit.parse(anonymous, wrong))).toBe("invalid-signature");
  });

  it("has a bounded number of keys without id, and no empty window", () => {
    const many = Array.from({ length: 9 }, () => ({ publicKey: a }));
    expect(codeOf(() => KeyRing.of(many))).toBe("invalid-value");
    expect(codeOf(() => KeyRing.of(many.slice(1)))).toBe("no error");
    const windows: readonly [number, number][] = [
      [2, 1],
      [1, 1],
      [Number.NaN, 1],
      [1, Number.NaN],
    ];
    for (const [from, until] of windows) {
      const key = { id: 1, publicKey: a, notBefore: new Date(from), notAfter: new Date(until) };
      expect(codeOf(() => KeyRing.of([key]))).toBe("invalid-value");
    }
    expect(codeOf(() => KeyRing.of([{ publicKey: a, notAfter: new Date(-5) }]))).toBe("no error");
  });

  it("hands over from one key to the next without a gap", () => {
    let now = 0;
    const at = new Date(1000);
    const handover = KeyRing.of(
      [
        { publicKey: a, notAfter: at },
        { publicKey: b, notBefore: at },
      ],
      { now: () => new Date(now) },
    );
    expect(handover.candidates(undefined)).toEqual([a]);
    now = 999;
    expect(handover.candidates(undefined)).toEqual([a]);
    now = 1000;
    expect(handover.candidates(undefined)).toEqual([b]);
  });
});
