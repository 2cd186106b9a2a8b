import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

/** What a node proves with its key: that it joins by a token, or that it is still itself. */
export type Statement =
  | { readonly kind: "join"; readonly token: string; readonly node: string }
  | { readonly kind: "renew"; readonly challenge: string; readonly node: string };

/** The bytes that are signed: kinds apart, so that a proof of one is never one of the other. */
function bytesOf(statement: Statement): Buffer {
  const { kind, node } = statement;
  const secret = kind === "join" ? statement.token : statement.challenge;
  const digest = createHash("sha256").update(secret).digest("hex");
  return Buffer.from(`bastide node ${kind}\n${node}\n${digest}\n`);
}

/** A signature (ECDSA on P-256 with SHA-256) in base64url. */
export const prove = (statement: Statement, privateKeyPem: string): string =>
  sign("sha256", bytesOf(statement), createPrivateKey(privateKeyPem)).toString("base64url");

/** Whether the holder of the key made the statement. */
export function isProof(statement: Statement, publicKeyPem: string, signature: string): boolean {
  return verify(
    "sha256",
    bytesOf(statement),
    createPublicKey(publicKeyPem),
    Buffer.from(signature, "base64url"),
  );
}

/** Whether a text is the PEM of a public key of the one kind that nodes have: P-256 (FIPS 186-5). */
export function isNodeKey(pem: string): boolean {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
  } catch {
    return false;
  }
}
