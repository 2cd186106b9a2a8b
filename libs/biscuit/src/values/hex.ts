/** Of each byte; made at the first use. */
let digits: string[] | undefined;

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  const table = (digits ??= Array.from({ length: 256 }, (_, byte) =>
    byte.toString(16).padStart(2, "0"),
  ));
  let text = "";
  for (const byte of bytes) text += table[byte];
  return text;
}

/** The bytes of hexadecimal digits, which must be nothing else. */
export const hexBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** The bytes of an even number of hexadecimal digits, or `undefined`. */
export const fromHex = (text: string): Uint8Array | undefined =>
  /^(?:[0-9a-f]{2})*$/i.test(text) ? hexBytes(text) : undefined;
