import { ApiUnreachable } from "./api-error.ts";
import type { FetchAnswer } from "./fetch.ts";

/** Which answer a body belongs to: an entry lives as long as its body does. */
const answers = new WeakMap<ReadableStream<Uint8Array>, FetchAnswer>();

/**
 * The body of an answer, safe to keep without the answer: Node cancels the body of a Response that is garbage collected
 * before anybody reads it, and the reader then sees an empty one. Throws ApiUnreachable when there is none.
 */
export function bodyOf(response: FetchAnswer): ReadableStream<Uint8Array> {
  const { body } = response;
  if (body === null) throw new ApiUnreachable("the answer has no body");
  answers.set(body, response);
  return body;
}
