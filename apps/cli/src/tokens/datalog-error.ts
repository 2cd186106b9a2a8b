import type { BiscuitError, Diagnostic } from "@bastide/biscuit";
import { Failure } from "../command-line/failure.ts";

/** Most errors of one source that are shown; the rest is counted. */
const MOST_SHOWN = 10;

/** A longer line is cut around the place, so that a message stays readable. */
const WIDTH = 100;

/** Every error of a source with file, line, column, caret and suggestion, as compilers print them. */
export function datalogFailure(name: string, text: string, error: BiscuitError): Failure {
  const [first, ...others] = error.diagnostics;
  if (first === undefined)
    return new Failure("usage", `${name}: ${error.message.split("\n")[0] ?? ""}`, { cause: error });
  const shown = others.slice(0, MOST_SHOWN - 1);
  const more = others.length - shown.length;
  const details = [
    ...excerptOf(text, first),
    ...shown.flatMap((one) => ["", titleOf(name, one), ...excerptOf(text, one)]),
    ...(more > 0 ? ["", `and ${more} more`] : []),
  ];
  return new Failure("usage", titleOf(name, first), {
    details,
    fix: "docs/biscuit.md has the language in a page",
    cause: error,
  });
}

const titleOf = (name: string, { position, message }: Diagnostic): string =>
  `${name}:${position.line}:${position.column}: ${message}`;

/** The line, a caret below the place, and what is probably meant. Columns count code points. */
function excerptOf(text: string, { position, suggestion }: Diagnostic): string[] {
  const line = Array.from((text.split("\n")[position.line - 1] ?? "").replaceAll("\t", " "));
  const at = position.column - 1;
  const start = Math.max(0, at - WIDTH / 2);
  return [
    line.slice(start, start + WIDTH).join(""),
    `${" ".repeat(at - start)}^`,
    ...(suggestion === undefined ? [] : [suggestion]),
  ];
}
