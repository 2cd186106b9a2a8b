import { createInterface } from "node:readline/promises";
import type { Context } from "./context.ts";
import { Failure } from "./failure.ts";

/** Resolves when what cannot be undone was meant: the name was typed. Throws Failure `usage` otherwise. */
export async function typedName(
  name: string,
  { stdin, signal }: Context,
  words: { readonly question: string; readonly refusal: string; readonly command: string },
): Promise<void> {
  const refusal = new Failure("usage", words.refusal, {
    fix: `type the name, or give --yes: ${words.command}`,
  });
  if (!stdin.isTTY) throw refusal;
  const terminal = createInterface({ input: stdin, output: process.stderr });
  try {
    const typed = await terminal.question(words.question, { signal });
    if (typed.trim() !== name) throw refusal;
  } finally {
    terminal.close();
  }
}
