import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PREFIX = "biscuit:";

/** Made at the first use: whoever only imports the library pays for none. The bits of each character, -1 for what is none. */
let codes: Int8Array | undefined;
/** The two characters of each 12 bits. */
let pairs: string[] | undefined;

function makeCodes(): Int8Array {
  const made = new Int8Array(128).fill(-1);
  for (let i = 0; i < ALPHABET.length; i++) made[ALPHABET.charCodeAt(i)] = i;
  return made;
}

const makePairs = (): string[] =>
  Array.from({ length: 4096 }, (_, bits) => `${ALPHABET[bits >> 6]}${ALPHABET[bits & 63]}`);

/** URL-safe base64 with padding (RFC 4648 §5), the form the reference implementation writes. */
export function toBase64(bytes: Uint8Array): string {
  const table = (pairs ??= makePairs());
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += `${table[group >> 12]}${table[group & 0xfff]}`;
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
  const table = (codes ??= makeCodes());
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  const whole = bare.length - (bare.length % 4);
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    const group = groupAt(table, bare, i);
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
  }
  if (whole < bare.length) {
    // One byte or two, and bits that must be zero; what lies beyond the end is not kept.
    const group = groupAt(table, `${bare.slice(whole)}AA`, 0);
    if ((group & (0xffffff >> (8 * (bytes.length - at)))) !== 0)
      throw malformed("the last base64 character has stray bits");
    bytes.set([group >> 16, (group >> 8) & 0xff].slice(0, bytes.length - at), at);
  }
  return bytes;
}

const bitsAt = (table: Int8Array, text: string, at: number): number =>
  table[text.charCodeAt(at)] ?? -1;

/** The 24 bits of four characters. What is no character has all bits set, sign included, and so has the group then. */
function groupAt(table: Int8Array, text: string, at: number): number {
  const left = (bitsAt(table, text, at) << 18) | (bitsAt(table, text, at + 1) << 12);
  const group = left | (bitsAt(table, text, at + 2) << 6) | bitsAt(table, text, at + 3);
  if (group >= 0) return group;
  throw malformed(`${JSON.stringify(text.slice(at, at + 4))} is not URL-safe base64`);
}
