/** What a client says before anything is agreed (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), as far as it decides for us. */
export interface ClientHello {
  /** Lower case, without a trailing dot; undefined when the client names none (RFC 6066 §3). */
  readonly serverName: string | undefined;
  /** In the client's order of preference (RFC 7301 §3.1). */
  readonly protocols: readonly string[];
}

export type HelloReading =
  | { readonly kind: "incomplete" }
  /** The bytes are no TLS handshake. */
  | { readonly kind: "not-tls" }
  | { readonly kind: "hello"; readonly hello: ClientHello };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
/** RFC 8446 §5.1. */
const MAX_RECORD = 16_384;
/** Far above what clients send, with post-quantum key shares too: about 2 kB. */
export const MAX_HELLO_BYTES: number = 32 * 1024;
const SERVER_NAME = 0;
const ALPN = 16;
const HOST_NAME = 0;

const INCOMPLETE: HelloReading = { kind: "incomplete" };
const NOT_TLS: HelloReading = { kind: "not-tls" };

/** Reads the first bytes of a connection. Whatever they are, it answers and does not throw. */
export function readClientHello(bytes: Buffer): HelloReading {
  const message = handshakeOf(bytes);
  if (message === "not-tls") return NOT_TLS;
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return NOT_TLS;
  if (message.length < MESSAGE_HEADER) return INCOMPLETE;
  const end = MESSAGE_HEADER + message.readUIntBE(1, 3);
  if (end > MAX_HELLO_BYTES) return NOT_TLS;
  if (message.length < end) return INCOMPLETE;
  try {
    return { kind: "hello", hello: parseHello(new Cursor(message.subarray(MESSAGE_HEADER, end))) };
  } catch (cause) {
    if (cause instanceof RangeError) return NOT_TLS;
    throw cause;
  }
}

/** The handshake's bytes out of their records: a hello may be spread over several. */
function handshakeOf(bytes: Buffer): Buffer | "not-tls" {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE_RECORD) return parts.length > 0 ? Buffer.concat(parts) : "not-tls";
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return "not-tls";
    if (bytes.length - at < RECORD_HEADER) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_RECORD) return "not-tls";
    parts.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
    at += RECORD_HEADER + length;
  }
  return Buffer.concat(parts);
}

function parseHello(hello: Cursor): ClientHello {
  hello.skip(2 + 32); // legacy_version, random
  hello.skip(hello.uint(1)); // legacy_session_id
  hello.skip(hello.uint(2)); // cipher_suites
  hello.skip(hello.uint(1)); // legacy_compression_methods
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  // TLS 1.2 lets a hello end here.
  const extensions = hello.isAtEnd ? new Cursor(Buffer.alloc(0)) : hello.vector(2);
  while (!extensions.isAtEnd) {
    const type = extensions.uint(2);
    const body = extensions.vector(2);
    if (type === SERVER_NAME) serverName = parseServerName(body);
    else if (type === ALPN) protocols = parseProtocols(body);
  }
  return { serverName, protocols };
}

function parseServerName(body: Cursor): string | undefined {
  const names = body.vector(2);
  while (!names.isAtEnd) {
    const type = names.uint(1);
    const name = names.vector(2).rest();
    if (type === HOST_NAME) return name.toString("latin1").toLowerCase().replace(/\.$/, "");
  }
  return undefined;
}

function parseProtocols(body: Cursor): string[] {
  const list = body.vector(2);
  const protocols: string[] = [];
  while (!list.isAtEnd) protocols.push(list.vector(1).rest().toString("latin1"));
  return protocols;
}

/** Reads big-endian numbers and vectors (RFC 8446 §3); throws RangeError at a premature end. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  uint(bytes: 1 | 2): number {
    this.skip(bytes);
    return this.#bytes.readUIntBE(this.#at - bytes, bytes);
  }

  vector(lengthBytes: 1 | 2): Cursor {
    const length = this.uint(lengthBytes);
    this.skip(length);
    return new Cursor(this.#bytes.subarray(this.#at - length, this.#at));
  }

  skip(count: number): void {
    if (this.#at + count > this.#bytes.length) throw new RangeError("a vector ends too early");
    this.#at += count;
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}
