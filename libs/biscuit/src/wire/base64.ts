import { cryptoBackend } from "../crypto/default-backend.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { malformed } from "./malformed.ts";
import { LIMITS } from "../limits.ts";

const PREFIX = "biscuit:";

/** URL-safe base64 with padding (RFC 4648 §5), the form the reference implementation writes. */
export const toBase64 = (bytes: Uint8Array): string =>
  cryptoBackend().encodeBase64url(bytes) + "=".repeat((3 - (bytes.length % 3)) % 3);

/** The text without its optional prefix and its padding; padding that is there must be right. */
function strip(text: string): string {
  const body = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const bare = body.endsWith("=") ? body.replace(/={1,2}$/, "") : body;
  if (bare.length !== body.length && body.length % 4 !== 0) throw malformed("wrong base64 padding");
  if (bare.length % 4 === 1) throw malformed("the base64 text is cut short");
  return bare;
}

/** Of text that is not what its bytes are written as: why. */
function refuse(text: string): BiscuitError {
  const wrong = text.search(/[^\w-]/) + 1;
  return malformed(
    wrong > 0
      ? `character ${wrong} is not URL-safe base64`
      : "the last base64 character has stray bits",
  );
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
  const backend = cryptoBackend();
  const bytes = backend.decodeBase64url(bare);
  // Decoders pass over what they do not know. Writing the bytes again costs less than looking at each character.
  if (backend.encodeBase64url(bytes) !== bare) throw refuse(bare);
  return bytes;
}
