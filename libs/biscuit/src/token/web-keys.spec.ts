import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import { codeOf } from "../error-code.fixture.ts";
import { biscuit } from "./authority.ts";
import { Biscuit } from "./biscuit.ts";
import { parseWebKeys, printWebKeys, rootKeysOf } from "./web-keys.ts";
import { WebKeySource } from "./web-key-source.ts";

const pairs = [KeyPair.generate(), KeyPair.generate("secp256r1")];
const [one, two] = pairs.map(({ publicKey }, keyId) => ({ publicKey, keyId }));
const keys = one === undefined || two === undefined ? [] : [one, two];
const root = pairs[0] ?? KeyPair.generate();
const token = biscuit`user("a");`.rootKeyId(0).sign(root).toString();
const newer = biscuit`user("a");`.rootKeyId(7).sign(root).toString();

describe("a document of web keys", () => {
  it("is printed and read with all members", () => {
    const full = keys.map((key) => ({ ...key, issuer: "tests", expiresAt: new Date(2e12) }));
    for (const list of [keys, full, []]) {
      const read = parseWebKeys(printWebKeys(list));
      expect(read.map(({ publicKey, ...rest }) => ({ ...rest, key: String(publicKey) }))).toEqual(
        list.map(({ publicKey, ...rest }) => ({ ...rest, key: String(publicKey) })),
      );
    }
  });

  it("is read as the specification shows it", () => {
    const hex = root.publicKey.toString().slice("ed25519/".length).toUpperCase();
    const text = `[{"algorithm":"ed25519","key_bytes":"${hex}","key_id":12,"expires_at":"2033-05-18T05:33:20+02:00"}]`;
    const [key] = parseWebKeys(text);
    expect([key?.keyId, key?.publicKey.equals(root.publicKey)]).toEqual([12, true]);
    expect(key?.expiresAt?.toISOString()).toBe("2033-05-18T03:33:20.000Z");
  });

  const valid = JSON.stringify(JSON.parse(printWebKeys(keys.slice(0, 1)))[0]);
  it.each([
    ["text that is no JSON", "[", "malformed-web-keys"],
    ["an object", "{}", "malformed-web-keys"],
    ["a null entry", "[null]", "malformed-web-keys"],
    ["an entry without members", "[{}]", "malformed-web-keys"],
    ["two keys with one id", `[${valid},${valid}]`, "malformed-web-keys"],
    [
      "more keys than anybody has",
      `[${Array.from({ length: 101 }, () => valid).join()}]`,
      "malformed-web-keys",
    ],
    ["another algorithm", valid.replace("ed25519", "rsa"), "malformed-web-keys"],
    ["a key that is cut short", valid.replace(/"key_bytes":"../, '"key_bytes":"'), "invalid-key"],
    [
      "a key of small order",
      valid.replace(/"key_bytes":"\w+/, `"key_bytes":"${"00".repeat(32)}`),
      "invalid-key",
    ],
    [
      "an id of more than 32 bits",
      valid.replace('"key_id":0', '"key_id":4294967296'),
      "invalid-value",
    ],
    ["an id that is text", valid.replace('"key_id":0', '"key_id":"0"'), "malformed-web-keys"],
    [
      "a date without a zone",
      valid.replace("}", ',"expires_at":"2033-05-18T05:33:20"}'),
      "malformed-web-keys",
    ],
    ["an issuer that is a number", valid.replace("}", ',"issuer":1}'), "malformed-web-keys"],
  ])("is refused with %s", (_, text, code) => {
    expect(
      codeOf(() => parseWebKeys(text.startsWith("[") || text === "{}" ? text : `[${text}]`)),
    ).toBe(code);
  });

  it("gives root keys that end when they expire", () => {
    const expiresAt = new Date(2e12);
    expect(rootKeysOf([{ ...keys[0]!, expiresAt }])[0]).toMatchObject({
      id: 0,
      notAfter: expiresAt,
    });
  });
});

/** An issuer that counts, whose answers and whose time the test decides. */
class Issuer {
  requests = 0;
  answer: () => Response | Promise<Response> = () => new Response(printWebKeys(keys));
  atMs = 1e12;

  source(options: object = {}): WebKeySource {
    return new WebKeySource("https://issuer.test", {
      fetch: async (url) => {
        this.requests++;
        expect(url).toBe("https://issuer.test/.well-known/biscuit-web-keys");
        return this.answer();
      },
      now: () => new Date(this.atMs),
      ...options,
    });
  }
}

const codeOfAsync = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => "no error",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

describe("a source of web keys", () => {
  it("asks once for many tokens at once, and not again while the answer is fresh", async () => {
    const issuer = new Issuer();
    const source = issuer.source();
    await Promise.all(Array.from({ length: 5 }, () => Biscuit.parseAsync(token, source)));
    issuer.atMs += 599_000;
    await Biscuit.parseAsync(token, source);
    expect(issuer.requests).toBe(1);
    issuer.atMs += 2_000;
    await Biscuit.parseAsync(token, source);
    expect(issuer.requests).toBe(2);
  });

  it("looks again for a key id it does not know, but not before the cooldown is over", async () => {
    const issuer = new Issuer();
    const source = issuer.source();
    await Biscuit.parseAsync(token, source);
    for (let i = 0; i < 5; i++)
      expect(await codeOfAsync(Biscuit.parseAsync(newer, source))).toBe("unknown-root-key");
    expect(issuer.requests).toBe(1);
    issuer.answer = () => new Response(printWebKeys([{ publicKey: root.publicKey, keyId: 7 }]));
    issuer.atMs += 30_000;
    expect(await codeOfAsync(Biscuit.parseAsync(newer, source))).toBe("no error");
    expect(issuer.requests).toBe(2);
  });

  it("goes on with old keys for a time when the issuer is down, and refuses then", async () => {
    const issuer = new Issuer();
    const source = issuer.source();
    await Biscuit.parseAsync(token, source);
    issuer.answer = () => new Response("", { status: 503 });
    issuer.atMs += 86_400_000;
    expect(await codeOfAsync(Biscuit.parseAsync(token, source))).toBe("no error");
    issuer.atMs += 700_000;
    expect(await codeOfAsync(Biscuit.parseAsync(token, source))).toBe("web-keys-unavailable");
  });

  it("does not hammer an issuer that fails", async () => {
    const issuer = new Issuer();
    issuer.answer = () => Promise.reject(new TypeError("no route"));
    const source = issuer.source();
    for (let i = 0; i < 9; i++)
      expect(await codeOfAsync(Biscuit.parseAsync(token, source))).toBe("web-keys-unavailable");
    expect(issuer.requests).toBe(1);
  });

  it.each([
    ["is too large", () => new Response(`[${" ".repeat(70_000)}]`), "web-keys-unavailable"],
    ["is not UTF-8", () => new Response(Uint8Array.of(0x5b, 0xff)), "web-keys-unavailable"],
    ["is no document of keys", () => new Response("{}"), "malformed-web-keys"],
    ["is no 200", () => new Response("[]", { status: 204 + 97 }), "web-keys-unavailable"],
    ["never comes", () => new Promise<Response>(() => undefined), "web-keys-unavailable"],
  ])("refuses tokens when the answer %s", async (_, answer, code) => {
    const issuer = new Issuer();
    issuer.answer = answer;
    const source = issuer.source({ timeoutMs: 50 });
    // Keeps the process alive while nothing but the timer of a signal is waiting.
    const alive = setInterval(() => undefined, 1000);
    expect(await codeOfAsync(Biscuit.parseAsync(token, source))).toBe(code);
    clearInterval(alive);
  });

  it("lets no expired key verify", async () => {
    const issuer = new Issuer();
    const expiresAt = new Date(1e12 + 1000);
    issuer.answer = () =>
      new Response(printWebKeys([{ publicKey: root.publicKey, keyId: 0, expiresAt }]));
    const source = issuer.source();
    expect(await codeOfAsync(Biscuit.parseAsync(token, source))).toBe("no error");
    issuer.atMs += 1000;
    expect(await codeOfAsync(Biscuit.parseAsync(token, source))).toBe("inactive-root-key");
  });

  it("is never asked over plain HTTP, but on this machine", () => {
    for (const url of ["http://issuer.test", "ftp://issuer.test", "issuer.test"])
      expect(codeOf(() => new WebKeySource(url))).toBe("invalid-value");
    expect(codeOf(() => new WebKeySource("http://localhost:8080/keys"))).toBe("no error");
  });
});
