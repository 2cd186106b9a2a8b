import { lazy } from "./lazy.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The six bits of each character. */
const SEXTETS = lazy(() => {
  const table = new Uint8Array(128);
  for (let i = 0; i < ALPHABET.length; i++) table[ALPHABET.charCodeAt(i)] = i;
  return table;
});

/** Bytes of URL-safe base64 without padding, which must be nothing else, where the platform has no faster way. */
export function decodeBase64url(text: string): Uint8Array {
  const table = SEXTETS();
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  // 0 beyond the end, where no byte is kept either.
  const bits = (at: number): number => table[text.charCodeAt(at)] ?? 0;
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const group = (bits(i) << 18) | (bits(i + 1) << 12) | (bits(i + 2) << 6) | bits(i + 3);
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
  }
  return bytes;
}

/** The two characters of each 12 bits. Made at the first use: whoever only imports the library pays for none. */
let pairs: string[] | undefined;

const makePairs = (): string[] =>
  Array.from({ length: 4096 }, (_, bits) => `${ALPHABET[bits >> 6]}${ALPHABET[bits & 63]}`);

/** URL-safe base64 without padding (RFC 4648 §5), where the platform has no faster way. */
export function encodeBase64url(bytes: Uint8Array): string {
  const table = (pairs ??= makePairs());
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += `${table[group >> 12]}${table[group & 0xfff]}`;
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}
