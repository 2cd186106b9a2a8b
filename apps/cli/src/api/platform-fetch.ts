import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { lookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

/**
 * `fetch` as the API's client needs it, over node:http: names below `.localhost` are loopback by definition
 * (RFC 6761 §6.3), which the resolvers of many machines do not know, and `fetch` lets nobody say so.
 */
export const platformFetch: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const response = await send(url, init ?? {});
  const status = response.statusCode ?? 0;
  const hasBody = status !== 204 && status !== 304;
  if (!hasBody) response.resume();
  return new Response(hasBody ? bodyOf(response) : null, { status, headers: headersOf(response) });
};

function send(url: URL, init: RequestInit): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: init.method ?? "GET",
    headers: Object.fromEntries(new Headers(init.headers)),
    lookup: lookupPlatform,
    ...(init.signal === undefined || init.signal === null ? {} : { signal: init.signal }),
  };
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, resolve);
    // A server may refuse an upload before it has all of it: its answer counts, not the broken pipe after it.
    outgoing.on("error", (error) => reject(error));
    writeBody(outgoing, init.body, reject);
  });
}

function writeBody(
  outgoing: ReturnType<typeof requestHttp>,
  body: RequestInit["body"],
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

const isLoopbackName = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost");

const LOOPBACK: LookupAddress[] = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

const lookupPlatform: LookupFunction = (host, options, callback) => {
  if (!isLoopbackName(host)) return lookup(host, options, callback);
  if (options.all === true) return callback(null, LOOPBACK);
  return callback(null, "127.0.0.1", 4);
};

const bodyOf = (response: IncomingMessage): ReadableStream<Uint8Array> =>
  Readable.toWeb(response) as ReadableStream<Uint8Array>;

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  return headers;
}
