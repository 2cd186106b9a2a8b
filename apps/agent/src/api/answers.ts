import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { problem, type ProblemCode } from "@bastide/contracts";

/** Requests of this API are small: names and digests. */
const MAX_BODY_BYTES = 1024 * 1024;

/** An answer that is an error, as RFC 9457 problem details. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ProblemCode;
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  /** Becomes `WWW-Authenticate` (RFC 6750 §3). */
  readonly challenge: string | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    errors: Refusal["errors"] = [],
    challenge?: string,
  ) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.challenge = challenge;
  }
}

export function answerProblem(response: ServerResponse, refusal: Refusal): void {
  const errors = refusal.errors.length === 0 ? {} : { errors: [...refusal.errors] };
  const body = problem(refusal.code, refusal.message, errors);
  if (refusal.challenge !== undefined) response.setHeader("www-authenticate", refusal.challenge);
  response.writeHead(body.status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify(body));
}

/** Throws Refusal. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new Refusal("too-large", `the body is over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new Refusal("invalid-request", "the body is not JSON");
  }
}

/** Aborted when the client goes away before the answer is complete. */
export function untilGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the client closed the connection")));
  return gone.signal;
}

/** Writes each item as a line of JSON, no faster than it is read. */
export async function answerLines(
  response: ServerResponse,
  items: AsyncIterable<object>,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  for await (const item of items) {
    if (gone.aborted) return;
    if (!response.write(`${JSON.stringify(item)}\n`)) await drained(response, gone);
  }
  response.end();
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, "drain", { signal }).catch(() => {});
}
