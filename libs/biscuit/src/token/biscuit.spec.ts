import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { otherForm } from "../crypto/malleate.fixture.ts";
import { codeOf } from "../error-code.fixture.ts";
import { fact } from "../policy/fact.ts";
import { definePolicy } from "../policy/policy.ts";
import { toHex } from "../values/hex.ts";
import { writeEnvelope } from "../wire/envelope.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { biscuit } from "./authority.ts";
import { Biscuit, UnverifiedBiscuit } from "./biscuit.ts";
import { block } from "./block.ts";
import { KeyRing } from "./key-ring.ts";
import { ThirdPartyBlock, ThirdPartyRequest } from "./third-party.ts";
import { canonicalRevocationId } from "./token-data.ts";

const root = KeyPair.generate();
const token = biscuit`user("a"); check if time($t), $t < ${new Date(2_000_000_000_000)};`
  .rootKeyId(1)
  .sign(root);
const ring = KeyRing.of([{ id: 1, publicKey: root.publicKey }]);
const allowAll = definePolicy("allow if true");

describe("a token", () => {
  it("is verified, attenuated without the root key, and decided about", () => {
    const narrowed = UnverifiedBiscuit.parse(token.toString()).attenuate(
      block`check if operation("deploy");`,
    );
    const parsed = Biscuit.parse(narrowed.toString(), ring);
    const facts = [
      fact("time", new Date()),
      fact("operation", "deploy"),
      fact("operation", "develop"),
    ];
    expect(allowAll.authorize(parsed, { facts }).allowed).toBe(true);
    expect(
      allowAll.authorize(parsed, { facts: [fact("time", new Date()), fact("operation", "read")] })
        .allowed,
    ).toBe(false);
    expect([parsed.rootKeyId, parsed.blocks.length, parsed.revocationIds.length]).toEqual([
      1, 2, 2,
    ]);
  });

  it("is read from bytes, text with blanks around, and with the prefix", () => {
    for (const form of [token.toBytes(), ` ${token.toString()}\n`, `biscuit:${token.toString()}`]) {
      expect(Biscuit.parse(form, ring).toString()).toBe(token.toString());
    }
  });

  it("is refused under another key, and under a key id that is not known", () => {
    expect(codeOf(() => Biscuit.parse(token.toBytes(), KeyPair.generate().publicKey))).toBe(
      "invalid-signature",
    );
    expect(
      codeOf(() =>
        Biscuit.parse(token.toBytes(), KeyRing.of([{ id: 2, publicKey: root.publicKey }])),
      ),
    ).toBe("unknown-root-key");
    expect(codeOf(() => Biscuit.parse(token.toBytes(), () => undefined))).toBe("unknown-root-key");
  });

  it("without a key id goes to the key without id, or to the only one", () => {
    const anonymous = biscuit`user("a");`.sign(root).toBytes();
    const other = KeyPair.generate().publicKey;
    expect(codeOf(() => Biscuit.parse(anonymous, ring))).toBe("no error");
    expect(
      codeOf(() =>
        Biscuit.parse(
          anonymous,
          KeyRing.of([{ publicKey: root.publicKey }, { id: 1, publicKey: other }]),
        ),
      ),
    ).toBe("no error");
    expect(
      codeOf(() =>
        Biscuit.parse(
          anonymous,
          KeyRing.of([
            { id: 1, publicKey: other },
            { id: 2, publicKey: other },
          ]),
        ),
      ),
    ).toBe("unknown-root-key");
    expect(
      codeOf(() =>
        KeyRing.of([
          { id: 1, publicKey: other },
          { id: 1, publicKey: other },
        ]),
      ),
    ).toBe("invalid-value");
  });

  it("loses no block and gains none without its signatures", () => {
    const { envelope } = token.attenuate(block`check if false;`).data;
    const [authority, attenuation] = envelope.blocks;
    const stripped = writeEnvelope({ ...envelope, blocks: [authority] });
    expect(codeOf(() => Biscuit.parse(stripped, ring))).toBe("invalid-signature");
    const doubled = writeEnvelope({
      ...envelope,
      blocks: [
        authority,
        ...envelope.blocks.slice(1),
        ...(attenuation === undefined ? [] : [attenuation]),
      ],
    });
    expect(codeOf(() => Biscuit.parse(doubled, ring))).toBe("invalid-signature");
  });

  it("can be sealed, and is closed then", () => {
    const sealed = Biscuit.parse(token.seal().toBytes(), ring);
    expect(sealed.isSealed).toBe(true);
    expect(codeOf(() => sealed.attenuate(block`check if true;`))).toBe("sealed");
    expect(codeOf(() => sealed.seal())).toBe("sealed");
    expect(codeOf(() => sealed.thirdPartyRequest())).toBe("sealed");
  });

  it("keeps its context for people", () => {
    const read = UnverifiedBiscuit.parse(
      biscuit`user(1);`.context("issued for a test").sign(root).toBytes(),
    );
    expect(read.blocks[0]?.context).toBe("issued for a test");
  });

  it("mixes algorithms along its chain", () => {
    const p256 = KeyPair.generate("secp256r1");
    const mixed = biscuit`user("a");`
      .sign(p256, { nextKeyPair: KeyPair.generate() })
      .attenuate(block`check if true;`, { nextKeyPair: KeyPair.generate("secp256r1") })
      .attenuate(block`check if true;`)
      .seal();
    expect(allowAll.authorize(Biscuit.parse(mixed.toBytes(), p256.publicKey)).allowed).toBe(true);
    expect(mixed.data.envelope.blocks.map(({ version }) => version)).toEqual([1, 1, 1]);
  });

  it("signs with payload version 1 from where it must, and never goes back", () => {
    const versions = (of: Biscuit): number[] =>
      of.data.envelope.blocks.map(({ version }) => version);
    expect(versions(token.attenuate(block`check if true;`))).toEqual([0, 0]);
    const newer = token.attenuate(block`reject if false;`);
    expect(versions(newer.attenuate(block`check if true;`))).toEqual([0, 1, 1]);
    expect(
      codeOf(() => Biscuit.parse(newer.attenuate(block`check if true;`).toBytes(), ring)),
    ).toBe("no error");
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["text that is none", "not a token!"],
    ["the empty text", ""],
    ["a message without blocks", new MessageWriter().uint(1, 1).finish()],
    ["a field that reaches beyond the end", new Uint8Array([0x12, 0x7f, 0x01])],
    ["a number without end", new Uint8Array(20).fill(0xff)],
    ["a group, which no version has", new Uint8Array([0x0b])],
  ])("is not made of %s", (_, input) => {
    expect(codeOf(() => UnverifiedBiscuit.parse(input))).toBe("malformed-token");
  });

  it("is refused beyond the limit of its size", () => {
    expect(codeOf(() => UnverifiedBiscuit.parse(new Uint8Array(300_000)))).toBe("too-large");
  });
});

describe("a third party's block", () => {
  const third = KeyPair.generate("secp256r1");

  it("travels as text and counts where its key is trusted", () => {
    const asked = biscuit`user("a"); check if from_third(true) trusting ${third.publicKey};`.sign(
      root,
    );
    const request = ThirdPartyRequest.parse(asked.thirdPartyRequest().toString());
    const answer = ThirdPartyBlock.parse(
      request.createBlock(third, block`from_third(true);`).toString(),
    );
    const full = Biscuit.parse(asked.appendThirdParty(answer).toBytes(), root.publicKey);
    expect(allowAll.authorize(asked).allowed).toBe(false);
    expect(allowAll.authorize(full).allowed).toBe(true);
    expect(full.blocks[1]).toMatchObject({ externalKey: third.publicKey, version: 5 });
  });

  it("has symbols of its own, which later blocks do not know", () => {
    const answer = token.thirdPartyRequest().createBlock(third, block`custom_name("custom");`);
    const longer = token.appendThirdParty(answer).attenuate(block`check if custom_name("custom");`);
    expect(
      Biscuit.parse(longer.toBytes(), ring)
        .blocks.map(({ source }) => source)
        .slice(1),
    ).toEqual(['custom_name("custom");\n', 'check if custom_name("custom");\n']);
  });

  it("cannot be moved to another token", () => {
    const answer = token.thirdPartyRequest().createBlock(third, block`from_third(true);`);
    const other = biscuit`user("b");`.sign(root);
    expect(codeOf(() => other.appendThirdParty(answer))).toBe("invalid-signature");
  });

  it("is not asked for in the outdated form, nor accepted with the unsafe signature", () => {
    const legacy = new MessageWriter()
      .message(1, new MessageWriter().uint(1, 0).bytes(2, root.publicKey.bytes))
      .bytes(3, new Uint8Array(64));
    expect(codeOf(() => ThirdPartyRequest.parse(legacy.finish()))).toBe("malformed-third-party");
    const answer = token.thirdPartyRequest().createBlock(third, block`from_third(true);`);
    const { envelope } = token.appendThirdParty(answer).data;
    const [authority, ...later] = envelope.blocks;
    const unsafe = writeEnvelope({
      ...envelope,
      blocks: [authority, ...later.map((each) => ({ ...each, version: 0 }))],
    });
    expect(codeOf(() => UnverifiedBiscuit.parse(unsafe))).toBe("unsupported-version");
    const inFront = writeEnvelope({
      ...envelope,
      blocks: [{ ...authority, external: answer.external, version: 1 }],
    });
    expect(codeOf(() => UnverifiedBiscuit.parse(inFront))).toBe("malformed-token");
  });
});

describe("revocation ids", () => {
  it("do not change when a P-256 signature is turned into its other form", () => {
    const p256 = KeyPair.generate("secp256r1");
    const original = biscuit`user("a");`.sign(p256);
    const { envelope } = original.data;
    const [authority] = envelope.blocks;
    const turned = { ...authority, signature: otherForm(authority.signature) };
    const parsed = Biscuit.parse(writeEnvelope({ ...envelope, blocks: [turned] }), p256.publicKey);
    expect(toHex(turned.signature)).not.toBe(toHex(authority.signature));
    expect(parsed.revocationIds).toEqual(original.revocationIds);
    expect(canonicalRevocationId(toHex(turned.signature))).toBe(original.revocationIds[0]);
  });

  it("are the signature itself for Ed25519", () => {
    expect(token.revocationIds).toEqual(
      token.data.envelope.blocks.map(({ signature }) => toHex(signature)),
    );
    expect(codeOf(() => canonicalRevocationId("xyz"))).toBe("invalid-value");
  });
});

describe("keys in scopes", () => {
  it("are written once each and survive later blocks", () => {
    const keys: PublicKey[] = [
      KeyPair.generate().publicKey,
      KeyPair.generate("secp256r1").publicKey,
    ];
    const [a, b] = keys;
    const first = biscuit`check if f(1) trusting ${a ?? root.publicKey};`.sign(root);
    const second = first.attenuate(
      block`check if f(1) trusting ${b ?? root.publicKey}, ${a ?? root.publicKey};`,
    );
    const read = Biscuit.parse(second.toBytes(), root.publicKey);
    expect(read.data.blocks.map(({ publicKeys }) => publicKeys.map(String))).toEqual([
      [String(a)],
      [String(b)],
    ]);
    expect(read.blocks[1]?.source).toBe(`check if f(1) trusting ${String(b)}, ${String(a)};\n`);
  });
});
