import {
  BiscuitError,
  blockFromSource,
  definePolicy,
  type Fact,
  type Policy,
} from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { datalogFailure } from "./datalog-error.ts";
import { readText } from "./read-text.ts";

/** Datalog that somebody gave, and what to call it in messages: a file's name, or the option. */
export interface DatalogInput {
  readonly name: string;
  readonly text: string;
}

/** The Datalog of a pair of options, of which exactly one must be given. Throws Failure `usage`. */
export async function datalogFor(
  given: {
    readonly option: string;
    readonly text: string | undefined;
    readonly file: string | undefined;
  },
  context: Context,
): Promise<DatalogInput> {
  const { option, text, file } = given;
  if ((text === undefined) === (file === undefined))
    throw new Failure("usage", `give one of ${option} '<datalog>' and ${option}-file <file>`, {
      fix: `${option}-file - reads standard input`,
    });
  if (file === undefined) return { name: option, text: text ?? "" };
  return { name: file === "-" ? "standard input" : file, text: await readText(file, context) };
}

/** Runs a parser over Datalog; its errors are shown with file, line, column and caret. Throws Failure `usage`. */
export function parseDatalog<Result>(
  { name, text }: DatalogInput,
  parse: (text: string) => Result,
): Result {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    throw datalogFailure(name, text, error);
  }
}

export const parsePolicy = (input: DatalogInput): Policy => parseDatalog(input, definePolicy);

/** The facts of `--fact` options: `operation("deploy")`, with or without a semicolon. Throws Failure `usage`. */
export function parseFacts(texts: readonly string[]): Fact[] {
  return texts.flatMap((text) => {
    const name = `--fact`;
    const source = text.trim().endsWith(";") ? text : `${text};`;
    const { facts, rules, checks, scopes } = parseDatalog(
      { name, text: source },
      blockFromSource,
    ).content;
    if (rules.length + checks.length + scopes.length === 0) return facts;
    throw new Failure("usage", `--fact "${text}" is more than facts`, {
      fix: `for instance: --fact 'operation("deploy")'; rules, checks and policies go into --policy`,
    });
  });
}

/** The time of `--time`, or now. Throws Failure `usage`. */
export function parseTime(text: string | undefined): Date {
  if (text === undefined) return new Date();
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new Failure(
    "usage",
    `--time is "${text}", but must be a time such as 2026-01-02T03:04:05Z`,
  );
}
