import { IncomingMessage } from "node:http";
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

export interface Http2Head {
  readonly headers: IncomingHttpHeaders;
  /** Names and values in the order they came, pseudo-headers included. */
  readonly rawHeaders: readonly string[];
  /** No body follows. */
  readonly isWhole: boolean;
}

/**
 * A request that came over HTTP/2, in the form in which HTTP/1.1 requests come: the authority is its Host, and a body of
 * unknown length is one of chunks (RFC 9113 §8.3.1, §8.2.2). Node and nghttp2 have refused malformed ones before.
 */
export class Http2Request extends IncomingMessage {
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, socket: Socket, head: Http2Head) {
    super(socket);
    this.#stream = stream;
    this.httpVersion = "2.0";
    this.httpVersionMajor = 2;
    this.httpVersionMinor = 0;
    this.method = head.headers[":method"] ?? "";
    this.url = head.headers[":path"] ?? "";
    Object.assign(this, { rawHeaders: rawHeadersOf(head), headers: headersOf(head) });
    if (head.isWhole) {
      this.#end();
      // A stream closes only when its end was read.
      stream.resume();
    } else this.#receive(stream);
  }

  override _read(): void {
    if (!this.complete) this.#stream.resume();
  }

  /** Unlike an HTTP/1.1 request it does not take its connection with it, which carries others. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.complete) this.#stream.close(constants.NGHTTP2_CANCEL);
    // As Node's own requests: whoever does not listen for errors sees `close` only.
    done(this.listenerCount("error") > 0 ? error : null);
  }

  #receive(stream: ServerHttp2Stream): void {
    stream.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.pause();
    stream.once("trailers", (_headers: unknown, _flags: unknown, raw: string[]) => {
      this.rawTrailers = raw;
    });
    stream.once("end", () => {
      if (!stream.aborted) this.#end();
    });
    stream.once("close", () => {
      if (!this.complete) this.destroy(new Error("the client broke its request off"));
    });
  }

  #end(): void {
    this.complete = true;
    this.push(null);
  }
}

const isPseudo = (name: string): boolean => name.startsWith(":");

function rawHeadersOf({ headers, rawHeaders, isWhole }: Http2Head): string[] {
  const raw: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (!isPseudo(name) && name.toLowerCase() !== "host") raw.push(name, rawHeaders[i + 1] ?? "");
  }
  raw.push("host", authorityOf(headers) ?? "");
  if (isChunked(headers, isWhole)) raw.push("transfer-encoding", "chunked");
  return raw;
}

function headersOf({ headers, isWhole }: Http2Head): IncomingMessage["headers"] {
  const kept: IncomingMessage["headers"] = {};
  for (const [name, value] of Object.entries(headers)) if (!isPseudo(name)) kept[name] = value;
  kept.host = authorityOf(headers);
  if (isChunked(headers, isWhole)) kept["transfer-encoding"] = "chunked";
  return kept;
}

const authorityOf = (headers: IncomingHttpHeaders): string | undefined =>
  headers[":authority"] ?? headers.host;

const isChunked = (headers: IncomingHttpHeaders, isWhole: boolean): boolean =>
  !isWhole && headers["content-length"] === undefined;
