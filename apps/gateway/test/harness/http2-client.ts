import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as connectSecure, type ConnectionOptions, type TLSSocket } from "node:tls";
import { SECURE_NAME } from "./http-client.ts";

export interface Http2Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
  /** How the stream was closed. */
  readonly code: number;
}

/** A client of HTTP/2 on one connection. */
export class Http2Client implements Disposable {
  readonly session: ClientHttp2Session;
  readonly socket: TLSSocket;

  readonly #authority: string;

  private constructor(session: ClientHttp2Session, socket: TLSSocket, authority: string) {
    this.#authority = authority;
    this.session = session;
    this.socket = socket;
    session.on("error", () => {});
  }

  static async connect(
    port: number,
    ca: string,
    options: ConnectionOptions = {},
  ): Promise<Http2Client> {
    const socket = connectSecure({
      host: "127.0.0.1",
      port,
      ca,
      servername: SECURE_NAME,
      ALPNProtocols: ["h2"],
      ...options,
    });
    await once(socket, "secureConnect");
    const session = connect(`https://${options.servername ?? SECURE_NAME}`, {
      createConnection: () => socket,
      // For tests that send a lot at once.
      maxSessionMemory: 200,
    });
    return new Http2Client(session, socket, options.servername ?? SECURE_NAME);
  }

  open(headers: OutgoingHttpHeaders, endStream = false): ClientHttp2Stream {
    const stream = this.session.request(
      { ":path": "/", ":authority": this.#authority, ...headers },
      { endStream },
    );
    stream.on("error", () => {});
    return stream;
  }

  /** Resolves when the stream is closed, however that came. */
  async ask(headers: OutgoingHttpHeaders = {}, body?: Buffer | string): Promise<Http2Reply> {
    const stream = this.open(headers, body === undefined);
    if (body !== undefined) stream.end(body);
    return replyOf(stream);
  }

  reset(stream: ClientHttp2Stream): void {
    stream.close(constants.NGHTTP2_CANCEL);
  }

  [Symbol.dispose](): void {
    this.session.destroy();
    this.socket.destroy();
  }
}

export async function replyOf(stream: ClientHttp2Stream): Promise<Http2Reply> {
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders & { ":status"?: number | undefined } = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on("response", (received) => (headers = received));
  stream.on("trailers", (received) => (trailers = received));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => stream.once("close", resolve));
  return {
    status: headers[":status"] ?? 0,
    headers,
    body: Buffer.concat(chunks),
    trailers,
    code: stream.rstCode ?? 0,
  };
}
