import { resolve } from "node:path";
import { format } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { Failure } from "../command-line/failure.ts";
import { replaceFile } from "../home/atomic-file.ts";
import { parseDatalog } from "./datalog-input.ts";
import { readText } from "./read-text.ts";

interface FormatOptions {
  readonly check: boolean;
}

/** `bastide token fmt`: files in place, or standard input to standard output. With --check nothing is written. */
export async function formatFiles(
  files: readonly string[],
  { check }: FormatOptions,
  context: Context,
): Promise<number> {
  if (files.length === 0) return formatInput(check, context);
  // All are read before any is written: an error in the last leaves the first as it was.
  const formatted = await Promise.all(files.map(async (file) => formatOne(file, context)));
  const changed = formatted.filter(({ before, after }) => before !== after);
  if (!check)
    for (const { file, after } of changed)
      replaceFile(resolve(context.workingDirectory, file), after);
  const names = changed.map(({ file }) => file);
  const unchanged = files.length - names.length;
  const verb = check ? "would be formatted" : "formatted";
  context.output.answer({ check, changed: names, unchanged }, () =>
    [
      ...names.map((name) => `${name} ${verb}`),
      `${unchanged} as ${check ? "they should be" : "they were"}`,
    ].join("\n"),
  );
  return check && names.length > 0 ? exitCodeOf("failed") : 0;
}

interface Formatted {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

async function formatOne(file: string, context: Context): Promise<Formatted> {
  const before = await readText(file, context);
  return { file, before, after: parseDatalog({ name: file, text: before }, format) };
}

async function formatInput(check: boolean, context: Context): Promise<number> {
  const { before, after } = await formatOne("-", context);
  if (check && before !== after)
    throw new Failure("failed", "standard input is not formatted", {
      fix: "bastide token fmt < file",
    });
  context.output.answer({ formatted: after }, () => after.trimEnd());
  return 0;
}
