import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";
import { COMMON_OPTIONS } from "./command.ts";
import { EXIT_CODES } from "./exit-codes.ts";

const HEADLINE = "bastide: a cloud you own";

/** The page of `bastide --help`: every command by group. */
export function overview(groups: Readonly<Record<string, readonly Command[]>>): string {
  const sections = Object.entries(groups).map(([title, commands]) =>
    section(
      title,
      commands.map((spec) => [spec.name, spec.summary]),
    ),
  );
  const more = [
    "bastide <command> --help     what it takes, with examples",
    "bastide help exit-codes      what each exit code means",
  ];
  return [HEADLINE, "", "usage: bastide <command> [options]", "", ...sections, ...more].join("\n");
}

/** The page of one command. */
export function commandHelp(spec: Command): string {
  const words = ["bastide", spec.name, ...spec.arguments.map(placeholder), "[options]"];
  return [
    spec.summary,
    "",
    `usage: ${words.join(" ")}`,
    "",
    ...(spec.description === undefined ? [] : [spec.description, ""]),
    ...(spec.arguments.length === 0
      ? []
      : [
          section(
            "arguments",
            spec.arguments.map((argument) => [argument.name, argument.summary]),
          ),
        ]),
    section("options", optionRows({ ...spec.options, ...COMMON_OPTIONS })),
    "examples",
    ...spec.examples.map((example) => `  ${example}`),
  ].join("\n");
}

/** The page of a group: `bastide env`. */
export function groupHelp(group: string, commands: readonly Command[]): string {
  return section(
    `bastide ${group}: one of`,
    commands.map((spec) => [spec.name, spec.summary]),
  );
}

export function exitCodesHelp(): string {
  return section(
    "exit codes",
    Object.values(EXIT_CODES).map(([code, meaning]) => [String(code), meaning]),
  );
}

function placeholder(argument: ArgumentSpec): string {
  const name = `${argument.name}${argument.variadic ? "…" : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionRows(table: Readonly<Record<string, OptionSpec>>): [string, string][] {
  return Object.entries(table).map(([name, option]) => {
    const flag = option.default === true ? `--no-${name}` : `--${name}`;
    const value =
      option.type === "boolean" ? "" : ` <${option.value ?? option.choices?.join("|") ?? "value"}>`;
    return [
      `${option.short === undefined ? "    " : `-${option.short}, `}${flag}${value}`,
      option.summary,
    ];
  });
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 2;
  return `${title}\n${rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n")}\n`;
}
