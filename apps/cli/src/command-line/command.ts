import type { Context } from "./context.ts";

export interface OptionSpec {
  readonly type: "boolean" | "string" | "integer";
  readonly summary: string;
  readonly short?: string;
  /** What the value is called in the help: `<port>`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** May be given several times; the value is then a list. */
  readonly multiple?: boolean;
  /** A boolean that is on unless `--no-<name>` is given. */
  readonly default?: boolean;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
}

type Value<Spec extends OptionSpec> = Spec["type"] extends "boolean"
  ? boolean
  : Spec extends { readonly multiple: true }
    ? readonly string[]
    : (Spec["type"] extends "integer" ? number : string) | undefined;

export type OptionTable = Readonly<Record<string, OptionSpec>>;
export type Options<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Value<Table[Name]>;
};

export interface Input<Table extends OptionTable> {
  readonly options: Options<Table>;
  /** In the order given; as many as the declaration allows. */
  readonly arguments: readonly string[];
}

/** One command: what the help, the parser, the completion and the exit code need, in one place. */
export interface CommandSpec<Table extends OptionTable> {
  /** One word, or two for a group: `env set`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs below the usage line in the command's help. */
  readonly description?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options: Table;
  readonly examples: readonly string[];
  /** Its output is a stream: with --json one document per line. */
  readonly streams?: boolean;
  /** Imports what it needs by itself, so that other commands stay small and fast. Returns the exit code, 0 when absent. */
  run(input: Input<Table>, context: Context): Promise<number | undefined>;
}

export type ParsedOptions = Readonly<
  Record<string, boolean | string | number | readonly string[] | undefined>
>;

/** A command whose option types are forgotten, as the table, the help and the parser see it. */
export interface Command extends Omit<CommandSpec<OptionTable>, "run" | "arguments"> {
  readonly arguments: readonly ArgumentSpec[];
  run(
    input: { options: ParsedOptions; arguments: readonly string[] },
    context: Context,
  ): Promise<number | undefined>;
}

/** Declares a command; its `run` gets the options with the types that the table says. */
export function command<const Table extends OptionTable>(spec: CommandSpec<Table>): Command {
  return {
    ...spec,
    arguments: spec.arguments ?? [],
    // The parser gives each option the type that its own declaration names.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    run: (input, context) => spec.run(input as Input<Table>, context),
  };
}

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: {
    type: "boolean",
    summary: "one JSON document (or one per line for streams) on standard output",
  },
  quiet: { type: "boolean", short: "q", summary: "no progress" },
  help: { type: "boolean", short: "h", summary: "this help" },
} as const satisfies OptionTable;
