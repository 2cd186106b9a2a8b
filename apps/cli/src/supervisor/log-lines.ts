import { lastLines } from "../machine/tail.ts";

const LONGEST = 400;
/** How far back in a log the warnings are looked for. */
const LOOKED_AT = 60;

/**
 * What a log says for people: of our programs' JSON lines the warnings and errors, each as a sentence; where there are
 * none, or the program wrote plain text (a crash), the last lines as they are.
 */
export function tellingLines(file: string, count: number): string[] {
  const lines = lastLines(file, LOOKED_AT);
  const plain = lines.slice(-count).filter((line) => !line.startsWith("{"));
  const warnings = lines.map(sentenceOf).filter((line) => line !== undefined);
  const telling = plain.length > 0 ? plain : [...new Set(warnings)].slice(-count);
  return (telling.length > 0 ? telling : lines.slice(-count)).map((line) => line.slice(0, LONGEST));
}

function sentenceOf(line: string): string | undefined {
  try {
    const { level, message, reason, error }: Record<string, unknown> = JSON.parse(line);
    if (level !== "warn" && level !== "error" && level !== "fatal") return undefined;
    const cause = [reason, error].find((one) => one !== undefined);
    return `${text(message)}${cause === undefined ? "" : `: ${text(cause)}`}`;
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
