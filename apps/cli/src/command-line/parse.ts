import { parseArgs } from "node:util";
import {
  type Command,
  COMMON_OPTIONS,
  type OptionSpec,
  type OptionTable,
  type ParsedOptions,
} from "./command.ts";
import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";

export interface ParsedCommand {
  readonly options: ParsedOptions;
  readonly arguments: readonly string[];
}

type OptionToken = {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
};

/** Splits a command's words into options and arguments, each checked against the declaration. Throws Failure `usage`. */
export function parseCommand(spec: Command, words: readonly string[]): ParsedCommand {
  const table: OptionTable = { ...spec.options, ...COMMON_OPTIONS };
  const { tokens, positionals } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(table).map(([name, option]) => [
        name,
        {
          type: option.type === "boolean" ? ("boolean" as const) : ("string" as const),
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const options: Record<string, ParsedOptions[string]> = defaultsOf(table);
  for (const token of tokens) if (token.kind === "option") assign(options, table, token, spec.name);
  if (options["help"] !== true) checkArguments(spec, positionals);
  return { options, arguments: positionals };
}

function defaultsOf(table: OptionTable): Record<string, ParsedOptions[string]> {
  return Object.fromEntries(
    Object.entries(table).map(([name, option]) => [
      name,
      option.type === "boolean" ? (option.default ?? false) : option.multiple ? [] : undefined,
    ]),
  );
}

function assign(
  options: Record<string, ParsedOptions[string]>,
  table: OptionTable,
  token: OptionToken,
  name: string,
): void {
  const negated = token.rawName.startsWith("--no-") ? table[token.name.slice(3)] : undefined;
  if (table[token.name] === undefined && negated?.type === "boolean") {
    options[token.name.slice(3)] = false;
    return;
  }
  const option = table[token.name];
  if (option === undefined) throw unknownOption(token, table, name);
  if (option.type === "boolean") {
    if (token.value !== undefined) throw valueTooMany(token, table, name);
    options[token.name] = true;
    return;
  }
  const value = valueOf(option, token, name);
  const before = options[token.name];
  options[token.name] = Array.isArray(before) ? [...before, String(value)] : value;
}

function valueOf(option: OptionSpec, token: OptionToken, name: string): string | number {
  const { value, rawName } = token;
  if (value === undefined)
    throw usage(`${rawName} needs a value (${rawName}=<${option.value ?? "value"}>)`, name);
  if (option.choices !== undefined && !option.choices.includes(value))
    throw usage(`${rawName} is "${value}", but must be one of: ${option.choices.join(", ")}`, name);
  if (option.type === "string") return value;
  if (!/^\d{1,15}$/.test(value))
    throw usage(`${rawName} must be a whole number, not "${value}"`, name);
  return Number(value);
}

const TOKEN_WAYS = { "token-file": "--token-file <file>", "token-stdin": "--token-stdin" };

const isOfTokens = (name: string): boolean => /^token(?:$|-)/.test(name);

/** Never with the token itself: what is wrong with it is that it was shown. */
function tokenInView({ rawName }: OptionToken, table: OptionTable): Failure {
  const ways = Object.entries(TOKEN_WAYS).flatMap(([name, way]) => (table[name] ? [way] : []));
  return new Failure(
    "usage",
    `${rawName} takes no token: whoever can list this machine's processes could read it there`,
    { fix: `give it by ${ways.join(" or ")}; revoke one that was on a command line already` },
  );
}

const valueTooMany = (token: OptionToken, table: OptionTable, name: string): Failure =>
  isOfTokens(token.name)
    ? tokenInView(token, table)
    : usage(`${token.rawName} takes no value, but "${token.value}" was given`, name);

function unknownOption(token: OptionToken, table: OptionTable, name: string): Failure {
  if (token.name === "token" && Object.keys(table).some(isOfTokens))
    return tokenInView(token, table);
  const meant = nearest(token.name, Object.keys(table));
  const hint = meant === undefined ? "" : `; did you mean --${meant}?`;
  return usage(`unknown option ${token.rawName}${hint}`, name);
}

function checkArguments(spec: Command, given: readonly string[]): void {
  const missing = spec.arguments.find(
    (argument, at) => argument.required && given[at] === undefined,
  );
  if (missing !== undefined)
    throw usage(`<${missing.name}> is missing: ${missing.summary}`, spec.name);
  const most = spec.arguments.some((argument) => argument.variadic)
    ? Infinity
    : spec.arguments.length;
  if (given.length > most)
    throw usage(`"${given[most] ?? ""}" is one argument too many (at most ${most})`, spec.name);
}

/** The command line is wrong: the fact, and where its help is. */
export const usage = (message: string, name: string): Failure =>
  new Failure("usage", message, { fix: `bastide ${name} --help` });
