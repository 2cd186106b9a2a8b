import { Failure } from "../command-line/failure.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** `NAME=value …`; at most one NAME alone, whose value is read from standard input. */
export function parseAssignments(words: readonly string[]): {
  values: Map<string, string>;
  fromInput: string | undefined;
} {
  const values = new Map<string, string>();
  const alone: string[] = [];
  for (const word of words) {
    const at = word.indexOf("=");
    const name = checkName(at === -1 ? word : word.slice(0, at));
    if (at === -1) alone.push(name);
    else values.set(name, word.slice(at + 1));
  }
  if (alone.length > 1)
    throw new Failure(
      "usage",
      `${alone.join(" and ")} have no value, and standard input holds only one`,
      {
        fix: "set them one by one, or give NAME=value lines with --stdin",
      },
    );
  return { values, fromInput: alone[0] };
}

/** Lines of NAME=value as in a .env file: blank lines and # comments are left out, outer quotes are taken off. */
export function parseLines(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const at = line.indexOf("=");
    if (at === -1)
      throw new Failure("usage", `line ${index + 1} of standard input is not NAME=value`);
    values.set(
      checkName(
        line
          .slice(0, at)
          .replace(/^export\s+/, "")
          .trim(),
      ),
      unquoted(line.slice(at + 1).trim()),
    );
  }
  return values;
}

function checkName(name: string): string {
  if (NAME.test(name)) return name;
  throw new Failure(
    "usage",
    `"${name.slice(0, 40)}" is not a variable's name: letters, digits and _, no digit first`,
  );
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
