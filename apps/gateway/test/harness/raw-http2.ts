import type { TLSSocket } from "node:tls";
import { HttpsClient } from "./https-client.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES = 9;

/** One frame (RFC 9113 §4.1). */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A client of HTTP/2 that sends frames as they are, and keeps those that come back. */
export class RawHttp2 implements Disposable {
  readonly socket: TLSSocket;
  received: Buffer = Buffer.alloc(0);
  isClosed = false;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    socket.on("close", () => (this.isClosed = true));
  }

  /** Sends the preface, settings (empty unless given) and what follows them. */
  static async connect(
    port: number | undefined,
    ca: string,
    host: string,
    bytes: Buffer,
    settings: Buffer = Buffer.alloc(0),
  ): Promise<RawHttp2> {
    const socket = await new HttpsClient(port, ca).handshake(host, { ALPNProtocols: ["h2"] });
    const client = new RawHttp2(socket);
    socket.write(Buffer.concat([Buffer.from(PREFACE), frame(4, 0, 0, settings), bytes]));
    return client;
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat([...frames]));
  }

  /** The frames that have come whole. */
  get frames(): SeenFrame[] {
    const found: SeenFrame[] = [];
    for (let at = 0; at + HEAD_BYTES <= this.received.length;) {
      const end = at + HEAD_BYTES + this.received.readUIntBE(at, 3);
      if (end > this.received.length) break;
      found.push({
        type: this.received.readUInt8(at + 3),
        flags: this.received.readUInt8(at + 4),
        stream: this.received.readUInt32BE(at + 5),
        payload: this.received.subarray(at + HEAD_BYTES, end),
      });
      at = end;
    }
    return found;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
