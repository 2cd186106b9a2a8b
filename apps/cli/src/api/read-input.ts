import { Failure } from "../command-line/failure.ts";

const MOST_BYTES = 1_000_000;

/** All of standard input as text, at most a megabyte. */
export async function readInput(stdin: NodeJS.ReadStream): Promise<string> {
  let text = "";
  stdin.setEncoding("utf8");
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > MOST_BYTES)
      throw new Failure("usage", `standard input has over ${MOST_BYTES} bytes`);
  }
  return text;
}
