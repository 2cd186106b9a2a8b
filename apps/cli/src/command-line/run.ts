import { Output } from "../output/output.ts";
import type { Command } from "./command.ts";
import type { Context } from "./context.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { commandHelp, exitCodesHelp, groupHelp, overview } from "./help.ts";
import { nearest } from "./nearest.ts";
import { parseCommand } from "./parse.ts";

export type CommandTable = Readonly<Record<string, readonly Command[]>>;

export interface Surroundings extends Omit<Context, "output"> {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Runs one command line to its exit code. Never throws: what is unforeseen becomes a message and code 1. */
export async function runCommandLine(
  table: CommandTable,
  given: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  // Every tool answers to it, so this one does.
  const words = given[0] === "--version" ? ["version", ...given.slice(1)] : given;
  const output = outputFor(words, surroundings);
  try {
    const page = helpPage(table, words);
    if (page !== undefined) {
      output.answer({ help: page }, () => page);
      return 0;
    }
    const { spec, rest } = findCommand(table, words);
    const parsed = parseCommand(spec, rest);
    if (parsed.options["help"] === true) {
      output.answer({ help: commandHelp(spec) }, () => commandHelp(spec));
      return 0;
    }
    return (await spec.run(parsed, { ...surroundings, output })) ?? 0;
  } catch (error) {
    return await report(error, output, surroundings.signal);
  }
}

function outputFor(
  words: readonly string[],
  { stdout, stderr, environment }: Surroundings,
): Output {
  // Read before parsing, so that a command line that does not parse is answered in the form asked for.
  const options = words.slice(0, words.indexOf("--") === -1 ? words.length : words.indexOf("--"));
  const isTerminal = stderr.isTTY && environment["TERM"] !== "dumb";
  return new Output({
    stdout,
    stderr,
    json: options.includes("--json"),
    quiet: options.includes("--quiet") || options.includes("-q"),
    interactive: isTerminal,
    // https://no-color.org: any value that is not empty.
    color: isTerminal && (environment["NO_COLOR"] ?? "") === "",
  });
}

/** The page asked for: `--help`, `help`, `help <command>`, `help exit-codes`, `<group> --help`. */
function helpPage(table: CommandTable, all: readonly string[]): string | undefined {
  const words = all.filter((word) => word !== "--json");
  const [first = "--help", second] = words;
  if (isHelpOption(first)) return overview(table);
  if (first === "help") return helpAbout(table, words.slice(1));
  return isHelpOption(second) ? groupPage(table, first) : undefined;
}

const isHelpOption = (word: string | undefined): boolean => word === "--help" || word === "-h";

function helpAbout(table: CommandTable, words: readonly string[]): string {
  const [first] = words;
  if (first === undefined) return overview(table);
  if (first === "exit-codes") return exitCodesHelp();
  const group = words.length === 1 ? groupPage(table, first) : undefined;
  return group ?? commandHelp(findCommand(table, words).spec);
}

function groupPage(table: CommandTable, name: string): string | undefined {
  const group = commandsOf(table).filter((spec) => spec.name.startsWith(`${name} `));
  return group.length === 0 ? undefined : groupHelp(name, group);
}

export const commandsOf = (table: CommandTable): readonly Command[] => Object.values(table).flat();

/** The command that the first one or two words name. Throws Failure `usage` with the nearest name. */
export function findCommand(
  table: CommandTable,
  words: readonly string[],
): { spec: Command; rest: readonly string[] } {
  const commands = commandsOf(table);
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const spec = commands.find((one) => one.name === name);
    if (spec !== undefined) return { spec, rest: words.slice(length) };
  }
  const [first = "", second = ""] = words;
  const group = commands.filter((spec) => spec.name.startsWith(`${first} `));
  if (group.length > 0 && (second === "" || second.startsWith("-"))) throw oneOf(first, group);
  if (group.length > 0) throw unknown(`${first} ${second}`, group, `bastide ${first} --help`);
  throw unknown(first, commands, "bastide --help");
}

function oneOf(first: string, group: readonly Command[]): Failure {
  const names = group.map((spec) => spec.name).join(", ");
  return new Failure("usage", `"${first}" needs one more word: ${names}`, {
    fix: `bastide ${first} --help`,
  });
}

function unknown(given: string, candidates: readonly Command[], help: string): Failure {
  const meant = nearest(
    given,
    new Set(candidates.flatMap((spec) => [spec.name, spec.name.split(" ")[0] ?? ""])),
  );
  return new Failure(
    "usage",
    `there is no command "${given}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    {
      fix: help,
    },
  );
}

async function report(error: unknown, output: Output, signal: AbortSignal): Promise<number> {
  const failure = signal.aborted
    ? new Failure("interrupted", "interrupted")
    : error instanceof Failure
      ? error
      : await foreseen(error);
  if (output.json) output.answer({ error: documentOf(failure) }, () => "");
  output.complain(`${output.red("error:")} ${failure.message}`);
  for (const line of failure.details) output.complain(`    ${line}`);
  if (failure.fix !== undefined) output.complain(`  fix: ${failure.fix}`);
  return failure.exitCode;
}

function documentOf(failure: Failure): object {
  const { reason, message, fix, details } = failure;
  return { reason, exitCode: exitCodeOf(reason), message, fix, details };
}

/** Errors of the API and of the system become sentences; the rest is a defect and says so. */
async function foreseen(error: unknown): Promise<Failure> {
  const { explain } = await import("./explain.ts");
  return explain(error);
}
