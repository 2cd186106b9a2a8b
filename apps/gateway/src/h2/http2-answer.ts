import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import { Writable } from "node:stream";
import type { ClientAnswer } from "../exchange/client-answer.ts";
import { CutShort } from "../exchange/cut-short.ts";

/** Of HTTP/1.1 alone (RFC 9113 §8.2.2); an upstream's are left out before, and this is the last look. */
const NOT_IN_HTTP2: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

type HeadersAsList = readonly string[];

/** The answer on one HTTP/2 stream. */
export class Http2Answer extends Writable implements ClientAnswer {
  readonly req: IncomingMessage;
  statusCode = 200;
  /** Of no meaning here: a session is told to end by GOAWAY. */
  shouldKeepAlive = true;
  /** Whether the gateway ended it before it was over. */
  wasCut = false;
  readonly #stream: ServerHttp2Stream;
  #trailers: readonly [string, string][] = [];

  constructor(stream: ServerHttp2Stream, req: IncomingMessage) {
    super();
    this.#stream = stream;
    this.req = req;
    stream.once("close", () => this.destroy());
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  writeHead(status: number, message: string | OutgoingHttpHeaders, list: HeadersAsList = []): this {
    this.statusCode = status;
    // The client is gone, and `close` says so.
    if (this.#stream.destroyed || this.#stream.closed) return this;
    const headers = typeof message === "string" ? ofList(list) : ofRecord(message);
    // An HTTP/1.1 upstream says by its framing, and only after its headers, whether trailers follow.
    this.#stream.once("wantTrailers", () => this.#sendTrailers());
    this.#stream.respond({ ":status": status, ...headers }, { waitForTrailers: true });
    return this;
  }

  /** They are sent at once. */
  flushHeaders(): void {}

  addTrailers(trailers: readonly [string, string][]): void {
    this.#trailers = trailers;
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void) {
    if (!this.#stream.headersSent) this.writeHead(this.statusCode, {});
    // Node has ended the stream already where no body may be (HEAD, 204, 304).
    if (this.#stream.writableEnded) done();
    else this.#stream.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#stream.headersSent) this.writeHead(this.statusCode, {});
    if (!this.#stream.writableEnded) this.#stream.end();
    this.#whenSent(() => {
      // The answer is whole; what the client has left of its request it need not send (RFC 9113 §8.1).
      if (!this.req.complete) this.#stream.close(constants.NGHTTP2_NO_ERROR);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.wasCut = error instanceof CutShort && !this.writableFinished;
    // Nothing failed where the gateway itself wants no more of it (RFC 9113 §7).
    const code = this.wasCut ? constants.NGHTTP2_CANCEL : constants.NGHTTP2_INTERNAL_ERROR;
    if (!this.writableFinished && !this.#stream.closed) this.#stream.close(code);
    done(this.wasCut ? null : error);
  }

  #whenSent(next: () => void): void {
    if (this.#stream.writableFinished) next();
    else this.#stream.once("finish", next);
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    const headers = ofList(this.#trailers.flat());
    try {
      this.#stream.sendTrailers(headers);
    } catch {
      this.#stream.sendTrailers({});
    }
  }
}

function ofList(list: HeadersAsList): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = (list[i] ?? "").toLowerCase();
    if (!NOT_IN_HTTP2.has(name)) (headers[name] ??= []).push(list[i + 1] ?? "");
  }
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
}

const ofRecord = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !NOT_IN_HTTP2.has(name.toLowerCase())),
  );
