import { describe, expect, it } from "vitest";
import { COMMON_OPTIONS } from "../command-line/command.ts";
import { commandHelp } from "../command-line/help.ts";
import { commandsOf } from "../command-line/run.ts";
import { COMMANDS } from "./table.ts";

const commands = commandsOf(COMMANDS);

it("names each command once", () => {
  const names = commands.map((spec) => spec.name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(commands.map((spec) => [spec.name, spec] as const))("%s", (name, spec) => {
  it("has a summary and examples that call it", () => {
    expect(spec.summary).toMatch(/^[a-z]/);
    expect(spec.examples.length).toBeGreaterThan(0);
    for (const example of spec.examples) expect(example).toContain(`bastide ${name}`);
  });

  it("redefines no common option, and no short option twice", () => {
    const shorts = [...Object.values(spec.options), ...Object.values(COMMON_OPTIONS)]
      .map((option) => ("short" in option ? option.short : undefined))
      .filter((short) => short !== undefined);
    expect(new Set(shorts).size).toBe(shorts.length);
    for (const option of Object.keys(COMMON_OPTIONS))
      expect(spec.options).not.toHaveProperty(option);
  });

  it("has help that names each option", () => {
    const help = commandHelp(spec);
    for (const option of Object.keys(spec.options)) expect(help).toContain(option);
  });
});
