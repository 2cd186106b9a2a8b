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

/** The bytes of an even number of hexadecimal digits, or `undefined`. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
