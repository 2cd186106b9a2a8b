const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODES = new Uint8Array(128);
for (let i = 0; i < ALPHABET.length; i++) CODES[ALPHABET.charCodeAt(i)] = i;

/** The six bits of one character; 0 beyond the text. */
export const sextetAt = (text: string, at: number): number => CODES[text.charCodeAt(at)] ?? 0;

/** Bytes of URL-safe base64 without padding, which must be nothing else, where the platform has no faster way. */
export function decodeBase64url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const left = (sextetAt(text, i) << 18) | (sextetAt(text, i + 1) << 12);
    const group = left | (sextetAt(text, i + 2) << 6) | sextetAt(text, i + 3);
    // What is beyond the end is not written.
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
  }
  return bytes;
}
