import type { StreamMessage } from "@bastide/contracts";

/** The stream as lines of JSON, as it travels. */
export async function* ndjsonOf(messages: AsyncIterable<StreamMessage>): AsyncGenerator<string> {
  for await (const message of messages) yield `${JSON.stringify(message)}\n`;
}
