/** `id-ce-nameConstraints` (RFC 5280 §4.2.1.10). */
export const NAME_CONSTRAINTS = "2.5.29.30";

const SEQUENCE = 0x30;
/** Context-specific tags: of NameConstraints, and of GeneralName. */
const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/**
 * The extension's value: names at and below `domain` and nothing else. A type of name that is not mentioned would not be
 * bounded, so every IP address is excluded.
 */
export function nameConstraints(domain: string): Buffer {
  const subtree = (tag: number, name: Buffer) => der(SEQUENCE, der(tag, name));
  return der(
    SEQUENCE,
    der(PERMITTED, subtree(DNS_NAME, Buffer.from(domain, "ascii"))),
    der(
      EXCLUDED,
      // An address and a mask of noughts: all addresses.
      subtree(IP_ADDRESS, Buffer.alloc(8)),
      subtree(IP_ADDRESS, Buffer.alloc(32)),
    ),
  );
}

/** One value in the distinguished encoding (X.690 §8.1.3); contents below 64 KiB. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
