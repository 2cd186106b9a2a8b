/** Longest line that is read from a stream; a longer one is an error, not a way to fill the memory. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/** Lines of a byte stream without their line feeds; empty lines are left out. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  for await (const line of allLines(stream)) if (line !== "") yield line;
}

async function* allLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_CHARACTERS)
      throw new RangeError(`a line of the stream has over ${MAX_LINE_CHARACTERS} characters`);
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** The data of each event of a `text/event-stream` (WHATWG HTML §9.2); comments and other fields are left out. */
export async function* serverSentEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  let data: string[] = [];
  for await (const raw of allLines(stream)) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line === "" && data.length > 0) {
      yield data.join("\n");
      data = [];
    }
  }
}
