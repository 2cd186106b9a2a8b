import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PREFIX = "biscuit:";
const CODES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) CODES[ALPHABET.charCodeAt(i)] = i;

/** The two characters of each 12 bits. */
const PAIRS = Array.from(
  { length: 4096 },
  (_, bits) => `${ALPHABET[bits >> 6]}${ALPHABET[bits & 63]}`,
);

/** URL-safe base64 with padding (RFC 4648 §5), the form the reference implementation writes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += `${PAIRS[group >> 12]}${PAIRS[group & 0xfff]}`;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  return missing === 0 ? text : text.slice(0, -missing) + "=".repeat(missing);
}

const malformed = (message: string): BiscuitError => new BiscuitError("malformed-token", message);

/** The text without its optional prefix and its padding; padding that is there must be right. */
function strip(text: string): string {
  const body = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const bare = body.replace(/={1,2}$/, "");
  if (bare.length !== body.length && body.length % 4 !== 0) throw malformed("wrong base64 padding");
  if (bare.length % 4 === 1) throw malformed("the base64 text is cut short");
  return bare;
}

function codeAt(text: string, at: number): number {
  const code = CODES[text.charCodeAt(at)] ?? -1;
  if (code < 0) throw malformed(`character ${at + 1} is not URL-safe base64`);
  return code;
}

/**
 * Bytes of URL-safe base64, padded or not, with or without the `biscuit:` prefix. Refuses the standard alphabet and a last
 * character with stray bits: one token has one text but for padding and prefix.
 */
export function fromBase64(text: string): Uint8Array {
  if (text.length > 2 * LIMITS.tokenBytes) {
    throw new BiscuitError(
      "too-large",
      `the text has ${text.length} characters; at most ${2 * LIMITS.tokenBytes} are read`,
    );
  }
  const bare = strip(text);
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < bare.length; i++) {
    bits = ((bits << 6) | codeAt(bare, i)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 0xff;
  }
  if ((bits & ((1 << held) - 1)) !== 0) throw malformed("the last base64 character has stray bits");
  return bytes;
}
