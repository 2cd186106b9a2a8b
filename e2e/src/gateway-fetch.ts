import { type IncomingMessage, request as httpRequest } from "node:http";
import { Readable } from "node:stream";

/**
 * `fetch` for hosts under `localhost`: connects to the loopback address and keeps the Host header. Browsers and curl
 * resolve such names by themselves; Node asks the system, which need not know them.
 */
export const gatewayFetch = (
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> => fetchAt("127.0.0.1", input, init);

/** The same by the gateway at this address. */
export async function fetchAt(
  address: string,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(input, init);
  const url = new URL(request.url);
  const answer = await send(address, url, request);
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const status = answer.statusCode ?? 0;
  const hasBody = status !== 204 && status !== 304;
  const body = hasBody ? (Readable.toWeb(answer) as ReadableStream<Uint8Array>) : null;
  return new Response(body, { status, headers });
}

function send(address: string, url: URL, request: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: address,
        port: url.port,
        path: url.pathname + url.search,
        method: request.method,
        headers: { ...Object.fromEntries(request.headers), host: url.host },
        agent: false,
        signal: request.signal,
      },
      resolve,
    );
    outgoing.once("error", reject);
    if (request.body === null) outgoing.end();
    else Readable.fromWeb(request.body).on("error", reject).pipe(outgoing);
  });
}
