import { BiscuitError, definePolicy } from "@bastide/biscuit";

/** Why a policy is none, and where. */
export interface PolicyFault {
  readonly message: string;
  /** From 1; absent where the whole of it is wrong. */
  readonly line?: number;
  readonly column?: number;
  /** The line, and a caret below the place. */
  readonly excerpt?: string;
}

/** Undefined when the Datalog compiles. */
export function policyFault(policy: string): PolicyFault | undefined {
  try {
    definePolicy(policy);
    return undefined;
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    const { message, position } = error;
    if (!position) return { message };
    const { line, column } = position;
    return { message, line, column, excerpt: excerptAt(policy, line, column) };
  }
}

/** `column` counts code points, as people count characters. */
function excerptAt(text: string, line: number, column: number): string {
  const shown = text.split(/\r\n|\r|\n/)[line - 1] ?? "";
  const before = Array.from(shown).slice(0, column - 1);
  // Tabs stay tabs, so that the caret is below its place whatever their width is.
  const margin = before.map((character) => (character === "\t" ? "\t" : " ")).join("");
  return `${shown}\n${margin}^`;
}
