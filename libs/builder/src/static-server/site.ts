import send from "@fastify/send";
import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { cacheControl } from "./cache-control.ts";
import { Etags, matches } from "./etags.ts";

export interface SiteOptions {
  readonly directory: string;
  /** Answer unknown pages, though not unknown files, with /index.html. */
  readonly singlePageApp: boolean;
}

type Answer = Awaited<ReturnType<typeof send>>;

/**
 * Serves a directory: /about is about.html or, after a redirect to /about/, about/index.html. GET and HEAD only; ranges
 * and conditional requests (RFC 9110 §13, §14); no names that begin with a dot but /.well-known/ (RFC 8615); 404.html
 * for what is missing.
 */
export class Site {
  readonly #root: string;
  readonly #singlePageApp: boolean;
  readonly #etags = new Etags();

  constructor({ directory, singlePageApp }: SiteOptions) {
    this.#root = resolve(directory);
    this.#singlePageApp = singlePageApp;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuseMethod(request, response);
    const [path = "/", query] = (request.url ?? "/").split("?", 2);
    const answer = await this.#find(request, path);
    if (answer.type === "directory") return redirect(answer, response, path, query);
    if (answer.type === "file") return this.#sendFile(request, response, answer);
    if (answer.statusCode === 404) return this.#notFound(request, response, path);
    await deliver(response, answer.statusCode, answer);
  }

  #find(request: IncomingMessage, path: string): Promise<Answer> {
    return send(request, path, {
      root: this.#root,
      dotfiles: path.startsWith("/.well-known/") ? "allow" : "ignore",
      extensions: ["html"],
      cacheControl: false,
      etag: false,
      lastModified: false,
    });
  }

  async #sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    answer: Extract<Answer, { type: "file" }>,
  ): Promise<void> {
    const { path, stat } = answer.metadata;
    const etag = await this.#etags.of(path, stat);
    response.setHeader("ETag", etag);
    response.setHeader("Cache-Control", cacheControl(path.slice(this.#root.length)));
    if (!matches(request.headers["if-none-match"], etag))
      return deliver(response, answer.statusCode, answer);
    answer.stream.destroy();
    response.writeHead(304).end();
  }

  async #notFound(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    // A page of the site is asked for; without these the whole of it is the answer.
    for (const header of ["range", "if-none-match", "if-match", "if-range"])
      delete request.headers[header];
    const isPage = this.#singlePageApp && !/\.\w+$/.test(path);
    const answer = await this.#find(request, isPage ? "/index.html" : "/404.html");
    if (answer.type === "file" && isPage) return this.#sendFile(request, response, answer);
    response.setHeader("Cache-Control", "no-store");
    await deliver(response, 404, answer);
  }
}

function refuseMethod(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(405, { Allow: "GET, HEAD" }).end();
}

/** Below the path that was asked for, and never to another host: `//host/` would be one. */
function redirect(
  answer: Answer,
  response: ServerResponse,
  path: string,
  query: string | undefined,
): void {
  answer.stream.destroy();
  const location = `/${path.replace(/^[/\\]+/, "")}/`;
  response.setHeader("Cache-Control", "no-store");
  response
    .writeHead(308, { Location: query === undefined ? location : `${location}?${query}` })
    .end();
}

/** The pipeline closes the file also when the client goes away half way. */
async function deliver(
  response: ServerResponse,
  statusCode: number,
  { headers, stream }: Answer,
): Promise<void> {
  response.writeHead(statusCode, headers);
  await pipeline(stream, response).catch(() => response.destroy());
}
