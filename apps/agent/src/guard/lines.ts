const MOST_CHARACTERS = 1024 * 1024;

/** Lines out of chunks. Throws RangeError for one that never ends. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest = "";

  push(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MOST_CHARACTERS)
      throw new RangeError(`a line has over ${MOST_CHARACTERS} characters`);
    return lines.filter((line) => line !== "");
  }
}
