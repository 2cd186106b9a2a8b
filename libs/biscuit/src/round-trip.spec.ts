import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyBlock, anyExpression } from "./datalog.fixture.ts";
import { parseBlock } from "./syntax/parse-program.ts";
import { printBlock } from "./syntax/print-statement.ts";
import { Source } from "./syntax/source.ts";
import { readBlock, writeBlock } from "./wire/block-codec.ts";
import { SymbolTable } from "./wire/symbols.ts";

const parse = (text: string): ReturnType<typeof parseBlock> => parseBlock(Source.of(text));

describe("a block", () => {
  it("is the same after it was written to the wire and read", () => {
    fc.assert(
      fc.property(anyBlock, (content) => {
        const { data, version } = writeBlock(content, SymbolTable.empty(), false);
        const read = readBlock(data, SymbolTable.empty(), false);
        expect(read.version).toBe(version);
        expect(read.content).toEqual({ ...content, context: undefined });
        expect(writeBlock(read.content, SymbolTable.empty(), false).data).toEqual(data);
      }),
      { numRuns: 150, seed: 20261125 },
    );
  });

  it("is printed as source that parses to what prints the same", () => {
    fc.assert(
      fc.property(anyBlock, (content) => {
        const printed = printBlock(content);
        expect(printBlock(parse(printed))).toBe(printed);
      }),
      { numRuns: 150, seed: 20261126 },
    );
  });

  it("keeps its facts, rules and checks in number when printed: no string breaks out", () => {
    fc.assert(
      fc.property(anyBlock, (content) => {
        const parsed = parse(printBlock(content));
        expect(parsed.facts).toEqual(content.facts);
        expect(parsed.rules.map(({ head, body }) => ({ head, body }))).toEqual(
          content.rules.map(({ head, body }) => ({ head, body })),
        );
        expect(parsed.checks.map(({ queries }) => queries.length)).toEqual(
          content.checks.map(({ queries }) => queries.length),
        );
        expect(parsed.scopes).toEqual(content.scopes);
      }),
      { numRuns: 150, seed: 20261127 },
    );
  });
});

describe("an expression", () => {
  it("keeps its meaning when printed: parentheses are added where the grammar needs them", () => {
    const strip = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, each: unknown) =>
          typeof each === "bigint" ? String(each) : each,
        ),
        (_, each: { operator?: string; operand?: unknown }) =>
          each?.operator === "()" ? each.operand : each,
      );
    fc.assert(
      fc.property(anyExpression(5), (expression) => {
        const query = { body: [], expressions: [expression], scopes: [] };
        const bound = {
          head: { name: "h", terms: [] },
          ...query,
          body: parse("h() <- b($x, $y)").rules[0]?.body ?? [],
        };
        const content = { facts: [], rules: [bound], checks: [], scopes: [] };
        const parsed = parse(printBlock(content)).rules[0]?.expressions[0];
        expect(strip(parsed)).toEqual(strip(expression));
      }),
      { numRuns: 150, seed: 20261128 },
    );
  });
});
