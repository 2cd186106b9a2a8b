import type { z } from "zod";
import { problem, Problem } from "../problem.ts";
import { ApiError, ApiUnreachable } from "./api-error.ts";
import { bodyOf } from "./body-of.ts";
import { type Endpoint, fillPath, type PathParameters } from "../endpoints/endpoint.ts";
import type { Fetch, FetchAnswer, FetchRequest } from "./fetch.ts";
import { linesOf, serverSentEvents } from "./streams.ts";

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : never;
type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : never;

type Parameters<Path extends string> = [PathParameters<Path>] extends [never]
  ? { readonly parameters?: never }
  : { readonly parameters: Readonly<Record<PathParameters<Path>, string>> };
type Query<Schema> = Schema extends z.ZodType
  ? { readonly query?: Partial<Input<Schema>> }
  : { readonly query?: never };
type Body<Schema> = Schema extends z.ZodType
  ? { readonly body: Input<Schema> }
  : Schema extends "bytes"
    ? { readonly body: RawRequestBody }
    : { readonly body?: never };

type RawRequestBody = NonNullable<FetchRequest["body"]>;

/** A call as the transport sees it; `CallOptions` of every endpoint is one. */
interface AnyCall {
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly signal: AbortSignal;
  readonly idempotencyKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export type CallOptions<E extends Endpoint> = Parameters<E["path"]> &
  Query<E["query"]> &
  Body<E["body"]> & {
    /** Ends the call; every call should have a deadline in it. */
    readonly signal: AbortSignal;
    /** The same key with the same request gives the same answer, without doing it twice. */
    readonly idempotencyKey?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };

export type Answer<E extends Endpoint> = E["response"] extends z.ZodType
  ? Output<E["response"]>
  : FetchAnswer;

export interface ClientOptions {
  /** Scheme, host and port: `http://bastide.localhost:8080`. */
  readonly baseUrl: string;
  /** Called for each request, so that a renewed token is used at once. */
  readonly token: () => string | Promise<string>;
  /** Default: the one that everybody knows. */
  readonly fetch?: Fetch;
}

/** A typed client of any table of endpoints. Throws ApiError for problems and ApiUnreachable for everything else. */
export class ApiClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** JSON answers are parsed by the endpoint's schema; any other answer is given as it came. */
  call<E extends Endpoint>(endpoint: E, options: CallOptions<E>): Promise<Answer<E>>;
  async call(endpoint: Endpoint, options: AnyCall): Promise<unknown> {
    const response = await this.#send(endpoint, options);
    if (typeof endpoint.response === "string") return response;
    const parsed = endpoint.response.safeParse(await response.json());
    if (parsed.success) return parsed.data;
    throw new ApiUnreachable(
      `${endpoint.method} ${endpoint.path} answered with something else than its contract says: ${parsed.error.message}`,
    );
  }

  /** Items of a server-sent event stream, each parsed by `item`. Ends when the server ends it. */
  async *events<E extends Endpoint, Item extends z.ZodType>(
    endpoint: E,
    item: Item,
    options: CallOptions<E>,
  ): AsyncGenerator<z.output<Item>> {
    const response = await this.#send(endpoint, options);
    for await (const data of serverSentEvents(bodyOf(response))) yield item.parse(JSON.parse(data));
  }

  /** Items of a newline-delimited JSON stream, each parsed by `item`. */
  async *lines<E extends Endpoint, Item extends z.ZodType>(
    endpoint: E,
    item: Item,
    options: CallOptions<E>,
  ): AsyncGenerator<z.output<Item>> {
    const response = await this.#send(endpoint, options);
    for await (const line of linesOf(bodyOf(response))) yield item.parse(JSON.parse(line));
  }

  async #send(endpoint: Endpoint, options: AnyCall): Promise<FetchAnswer> {
    const request = await this.#request(endpoint, options);
    const url = this.#url(endpoint, options);
    const send = this.#options.fetch ?? fetch;
    const response = await send(url, request).catch((cause: unknown) => {
      options.signal.throwIfAborted();
      throw new ApiUnreachable(`${new URL(url).origin} cannot be reached: ${reasonOf(cause)}`, {
        cause,
      });
    });
    if (!response.ok) throw new ApiError(await problemOf(response, `${endpoint.method} ${url}`));
    return response;
  }

  #url(endpoint: Endpoint, options: AnyCall): string {
    const url = new URL(fillPath(endpoint.path, options.parameters ?? {}), this.#options.baseUrl);
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url.href;
  }

  async #request(endpoint: Endpoint, options: AnyCall): Promise<FetchRequest> {
    return {
      method: endpoint.method,
      signal: options.signal,
      headers: {
        ...contentTypeFor(endpoint),
        authorization: `Bearer ${await this.#options.token()}`,
        ...(options.idempotencyKey === undefined
          ? {}
          : { "idempotency-key": options.idempotencyKey }),
        ...options.headers,
      },
      ...bodyFor(endpoint, options.body),
    };
  }
}

function contentTypeFor({ body }: Endpoint): Record<string, string> {
  if (body === undefined) return {};
  return { "content-type": body === "bytes" ? "application/octet-stream" : "application/json" };
}

function bodyFor(endpoint: Endpoint, body: unknown): { body?: RawRequestBody; duplex?: "half" } {
  if (endpoint.body === undefined) return {};
  if (endpoint.body !== "bytes") return { body: JSON.stringify(body) };
  if (isRawBody(body)) return { body, duplex: "half" };
  throw new TypeError(`${endpoint.path} takes a string, bytes, a stream or a blob as its body`);
}

function isRawBody(body: unknown): body is RawRequestBody {
  return (
    typeof body === "string" ||
    body instanceof Uint8Array ||
    body instanceof ReadableStream ||
    body instanceof Blob
  );
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? reasonOf(cause.cause) : cause.message;
}

async function problemOf(response: FetchAnswer, request: string): Promise<Problem> {
  const text = await response.text();
  try {
    return Problem.parse(JSON.parse(text));
  } catch {
    const excerpt = text.slice(0, 200);
    return problem(
      response.status === 503 ? "unavailable" : "internal",
      `${request} answered ${response.status}: ${excerpt}`,
    );
  }
}
