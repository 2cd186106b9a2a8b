import { BiscuitError } from "../errors/biscuit-error.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { parseBlock, parseProgram } from "./parse-program.ts";
import { Source } from "./source.ts";

/** Whether a source is a token's block or an authorizer's policy. */
export type SourceKind = "block" | "policy";

/**
 * Everything that makes a source unreadable, at once, in the order of the text; nothing when it can be read. Both kinds
 * may have parameters.
 */
export function checkSource(source: string, kind: SourceKind = "policy"): readonly Diagnostic[] {
  try {
    const read = kind === "block" ? parseBlock : parseProgram;
    read(Source.open(source));
    return [];
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    return error.diagnostics.length > 0 ? error.diagnostics : [atTheStart(error)];
  }
}

/** What is wrong with a source as a whole, such as its length. */
function atTheStart({ code, message, expected, suggestion }: BiscuitError): Diagnostic {
  const position = { offset: 0, line: 1, column: 1 };
  return { severity: "error", code, message, position, end: position, expected, suggestion };
}
