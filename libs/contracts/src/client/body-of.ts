import { ApiUnreachable } from "./api-error.ts";

/** Which answer a body belongs to: an entry lives as long as its body does. */
const answers = new WeakMap<ReadableStream<Uint8Array>, Response>();

/**
 * The body of an answer, safe to keep without the answer: Node cancels the body of a Response that is garbage collected
 * before anybody reads it, and the reader then sees an empty one. Throws ApiUnreachable when there is none.
 */
export function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.body === null) throw new ApiUnreachable("the answer has no body");
  answers.set(response.body, response);
  return response.body;
}
