import { cryptoBackend } from "../crypto/default-backend.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PREFIX = "biscuit:";

/** The two characters of each 12 bits. Made at the first use: whoever only imports the library pays for none. */
let pairs: string[] | undefined;

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
  const bare = body.endsWith("=") ? body.replace(/={1,2}$/, "") : body;
  if (bare.length !== body.length && body.length % 4 !== 0) throw malformed("wrong base64 padding");
  if (bare.length % 4 === 1) throw malformed("the base64 text is cut short");
  return bare;
}

/** Every character that URL-safe base64 has, and no other. */
const WHOLE = /^[\w-]*$/;

function refuse(text: string): BiscuitError {
  return malformed(`character ${text.search(/[^\w-]/) + 1} is not URL-safe base64`);
}

/** Whether the last character has bits that stand for no byte's: four when the last group has two, two when it has three. */
function hasStrayBits(text: string): boolean {
  const last = ALPHABET.indexOf(text.slice(-1));
  const count = text.length % 4;
  return (count === 2 && last % 16 !== 0) || (count === 3 && last % 4 !== 0);
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
  if (!WHOLE.test(bare)) throw refuse(bare);
  if (hasStrayBits(bare)) throw malformed("the last base64 character has stray bits");
  return cryptoBackend().decodeBase64url(bare);
}
