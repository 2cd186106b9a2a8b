/** Base64 of the standard alphabet. Throws anything for what is none. */
function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Base64url without padding (RFC 7515 §2), as JSON Web Keys have it. Throws anything for what is none. */
export function fromBase64url(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text)) throw new Error("not base64url");
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}

export const toBase64url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** Of a file that holds one key a few lines long; no key that is meant here is longer. */
const MAX_CHARACTERS = 4096;
const BLOCK = /-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/**
 * The DER of the one block with one of `labels` in a PEM text (RFC 7468). Other blocks, such as the `EC PARAMETERS` that
 * OpenSSL writes in front, are passed over. Throws anything when there is not exactly one.
 */
export function fromPem(pem: string, labels: readonly string[]): Uint8Array {
  if (pem.length > MAX_CHARACTERS) throw new Error("too long");
  const [found, ...more] = [...pem.matchAll(BLOCK)].filter(([, label = ""]) =>
    labels.includes(label),
  );
  if (found === undefined || more.length > 0) throw new Error("not exactly one key");
  return fromBase64((found[2] ?? "").replaceAll(/\s/g, ""));
}

/** Lines of 64 characters, as RFC 7468 §2 has them. */
export function toPem(der: Uint8Array, label: string): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
