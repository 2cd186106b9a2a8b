import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { isNodeKey, isProof, prove, type Statement } from "./proof.ts";

function keys(namedCurve = "P-256") {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
  return {
    own: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    shown: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

const JOIN: Statement = { kind: "join", token: "secret", node: "n2" };

it("a proof holds for its key, its node, its kind and its secret, and for nothing else", () => {
  const { own, shown } = keys();
  const signature = prove(JOIN, own);
  expect(isProof(JOIN, shown, signature)).toBe(true);
  expect(isProof({ ...JOIN, node: "n3" }, shown, signature)).toBe(false);
  expect(isProof({ ...JOIN, token: "another" }, shown, signature)).toBe(false);
  expect(isProof({ kind: "renew", challenge: "secret", node: "n2" }, shown, signature)).toBe(false);
  expect(isProof(JOIN, keys().shown, signature)).toBe(false);
  expect(isProof(JOIN, shown, "")).toBe(false);
});

it("only keys on P-256 are nodes' keys", () => {
  expect(isNodeKey(keys().shown)).toBe(true);
  expect(isNodeKey(keys("P-384").shown)).toBe(false);
  expect(isNodeKey("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")).toBe(false);
  expect(isNodeKey("")).toBe(false);
});
