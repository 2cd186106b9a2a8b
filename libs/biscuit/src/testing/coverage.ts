import type { Program, Query } from "../datalog/ast.ts";
import type { Trace } from "../explain/trace.ts";
import { parseWithPlaces, type ProgramPlaces } from "../syntax/parse-program.ts";
import { printQuery, printRule } from "../syntax/print-statement.ts";
import { Source } from "../syntax/source.ts";
import { AUTHORIZER } from "../datalog/origin.ts";
import type { TestPolicy } from "./test-file.ts";

/** A rule, or one alternative of a check or policy, over all cases. */
export interface CoverageItem {
  readonly kind: "rule" | "check" | "policy";
  /** Among the statements of its kind, from 0. */
  readonly index: number;
  /** Among the alternatives of its statement, from 0; of rules 0. */
  readonly alternative: number;
  /** Of the file that holds the policy, from 1. */
  readonly line: number;
  readonly source: string;
  /** Cases in which it was true; of rules: in which it applied. */
  readonly timesTrue: number;
  /** Cases in which it was looked at and false. */
  readonly timesFalse: number;
}

export interface PolicyCoverage {
  /** The path of the policy. */
  readonly name: string;
  readonly items: readonly CoverageItem[];
  /** Items never true, and items never false that could be. */
  readonly uncovered: readonly { readonly item: CoverageItem; readonly never: "true" | "false" }[];
  /** Outcomes seen, of those there are: two of each item, one of those that are always true. */
  readonly covered: number;
  readonly total: number;
}

interface Counted extends Omit<CoverageItem, "timesTrue" | "timesFalse"> {
  timesTrue: number;
  timesFalse: number;
  readonly isConstant: boolean;
}

const withoutConstant = ({
  kind,
  index,
  alternative,
  line,
  source,
  timesTrue,
  timesFalse,
}: Counted): CoverageItem => ({
  kind,
  index,
  alternative,
  line,
  source,
  timesTrue,
  timesFalse,
});

/** `true`, or nothing at all: there is no way to make it false. */
const isAlwaysTrue = ({ body, expressions }: Query): boolean =>
  body.length === 0 &&
  expressions.every((expression) => expression.kind === "term" && expression.term === true);

/** Counts what the cases of one policy make true and false. */
export class CoverageCounter {
  readonly #name: string;
  readonly #items: readonly Counted[];

  constructor({ name, source }: TestPolicy) {
    this.#name = name;
    const text = Source.open(source);
    const { program, places } = parseWithPlaces(text);
    this.#items = itemsOf(program, places, (offset) => text.position(offset).line);
  }

  /** One case. What the evaluation did not get to counts neither way. */
  add(trace: Trace): void {
    const { checks, policies, world } = trace;
    for (const { section, index, queries } of checks) {
      if (section.id !== AUTHORIZER) continue;
      for (const [alternative, { isTrue }] of queries.entries()) {
        this.#count("check", index, alternative, isTrue);
      }
    }
    for (const { index, queries } of policies) {
      for (const [alternative, { isTrue }] of queries.entries()) {
        this.#count("policy", index, alternative, isTrue);
      }
    }
    for (const [index, rule] of (world.sections[0]?.content.rules ?? []).entries()) {
      this.#count("rule", index, 0, world.fired.has(rule));
    }
  }

  result(): PolicyCoverage {
    const uncovered = this.#items.flatMap((counted) => {
      const item = withoutConstant(counted);
      return [
        ...(item.timesTrue === 0 ? [{ item, never: "true" as const }] : []),
        ...(item.timesFalse === 0 && !counted.isConstant
          ? [{ item, never: "false" as const }]
          : []),
      ];
    });
    const total = this.#items.reduce((sum, { isConstant }) => sum + (isConstant ? 1 : 2), 0);
    const items = this.#items.map(withoutConstant);
    return { name: this.#name, items, uncovered, covered: total - uncovered.length, total };
  }

  #count(kind: CoverageItem["kind"], index: number, alternative: number, isTrue: boolean): void {
    const item = this.#items.find(
      (each) => each.kind === kind && each.index === index && each.alternative === alternative,
    );
    if (item === undefined) return;
    if (isTrue) item.timesTrue++;
    else item.timesFalse++;
  }
}

function itemsOf(
  { rules, checks, policies }: Program,
  places: ProgramPlaces,
  lineOf: (offset: number) => number,
): Counted[] {
  const none = { timesTrue: 0, timesFalse: 0 };
  const alternatives = (
    kind: "check" | "policy",
    queries: readonly Query[],
    index: number,
  ): Counted[] =>
    queries.map((query, alternative) => ({
      kind,
      index,
      alternative,
      line: lineOf(places.queries.get(query) ?? 0),
      source: printQuery(query),
      isConstant: isAlwaysTrue(query),
      ...none,
    }));
  return [
    ...rules.map((rule, index) => ({
      kind: "rule" as const,
      index,
      alternative: 0,
      line: lineOf(places.statements.get(rule) ?? 0),
      source: printRule(rule),
      isConstant: isAlwaysTrue(rule),
      ...none,
    })),
    ...checks.flatMap(({ queries }, index) => alternatives("check", queries, index)),
    ...policies.flatMap(({ queries }, index) => alternatives("policy", queries, index)),
  ];
}
