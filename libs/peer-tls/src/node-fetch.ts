import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** Begins a request; `options` are the caller's method, fields and signal. */
export type OpenRequest = (
  url: URL,
  options: RequestOptions,
  onResponse: (response: IncomingMessage) => void,
) => ClientRequest;

/** The part of a request that is read here. */
export interface NodeRequest extends Pick<RequestInit, "method" | "body" | "signal"> {
  readonly headers?: Readonly<Record<string, string>>;
}

export type NodeFetch = (url: string | URL, request?: NodeRequest) => Promise<NodeAnswer>;

/**
 * `fetch` over node:http, for what the standard one lets nobody say: whom to believe, and where a name leads. Neither it
 * nor its answers load Node's own `fetch`, which alone would double the time that a small program takes to start.
 */
export const nodeFetch =
  (open: OpenRequest): NodeFetch =>
  async (url, request = {}) =>
    new NodeAnswer(await send(open, new URL(url), request));

/** An answer, with the words of a `Response`; its body is read once, in one of the three ways. */
export class NodeAnswer {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  readonly #response: IncomingMessage;
  #body: ReadableStream<Uint8Array> | null | undefined;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    const fields = response.headersDistinct;
    this.headers = { get: (name) => fields[name.toLowerCase()]?.join(", ") ?? null };
    if (this.status !== 204 && this.status !== 304) return;
    response.resume();
    this.#body = null;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** Null where there can be none. */
  get body(): ReadableStream<Uint8Array> | null {
    this.#body ??= this.#body === null ? null : webStreamOf(this.#response);
    return this.#body;
  }

  /** Rejects when the connection breaks, or its signal ends it, before the end. */
  async text(): Promise<string> {
    return this.#body === null ? "" : text(this.#response);
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

function send(open: OpenRequest, url: URL, request: NodeRequest): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: request.method ?? "GET",
    headers: { ...request.headers },
    ...(request.signal ? { signal: request.signal } : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing = open(url, options, resolve);
    // An answer may come before all of a body was taken: it counts, not the broken pipe after it.
    outgoing.on("error", reject);
    writeBody(outgoing, request.body, reject);
  });
}

function writeBody(
  outgoing: ClientRequest,
  body: NodeRequest["body"],
  reject: (error: unknown) => void,
): void {
  if (body === undefined || body === null) return void outgoing.end();
  if (typeof body === "string" || body instanceof Uint8Array) return void outgoing.end(body);
  if (!(body instanceof ReadableStream)) throw new TypeError("a body is text, bytes or a stream");
  const source = Readable.from(body);
  source.on("error", (error) => {
    outgoing.destroy(error);
    reject(error);
  });
  source.pipe(outgoing);
}

const webStreamOf = (response: IncomingMessage): ReadableStream<Uint8Array> =>
  // oxlint-disable-next-line no-unsafe-type-assertion -- two declarations of one standard type
  Readable.toWeb(response) as ReadableStream<Uint8Array>;
