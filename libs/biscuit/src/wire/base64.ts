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
  const whole = bare.length - (bare.length % 4);
  for (let i = 0, at = 0; i < whole; i += 4) {
    const group = groupAt(bare, i);
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
  }
  if (whole < bare.length) readRest(bare, whole, bytes);
  return bytes;
}

const valueAt = (text: string, at: number): number => CODES[text.charCodeAt(at)] ?? -1;

/** The 24 bits of four characters. What is no character has all bits set, sign included, and so has the group then. */
function groupAt(text: string, at: number): number {
  const left = (valueAt(text, at) << 18) | (valueAt(text, at + 1) << 12);
  const group = left | (valueAt(text, at + 2) << 6) | valueAt(text, at + 3);
  if (group < 0) for (let i = at; i < at + 4; i++) codeAt(text, i);
  return group;
}

/** The last two or three characters: one or two bytes, and bits that must be zero. */
function readRest(text: string, from: number, bytes: Uint8Array): void {
  const count = text.length - from - 1;
  let bits = 0;
  for (let i = from; i < text.length; i++) bits = (bits << 6) | codeAt(text, i);
  const stray = 6 * (count + 1) - 8 * count;
  if ((bits & ((1 << stray) - 1)) !== 0)
    throw malformed("the last base64 character has stray bits");
  for (let i = 0; i < count; i++)
    bytes[bytes.length - count + i] = bits >> (stray + 8 * (count - 1 - i));
}
