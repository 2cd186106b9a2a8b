import {
  type Expression,
  partsOf,
  type Predicate,
  type Program,
  type Query,
  Variable,
} from "../datalog/ast.ts";
import { checkSource, type SourceKind } from "../syntax/check-source.ts";
import type { Diagnostic, LintCode } from "../syntax/diagnostic.ts";
import { nearNames } from "../syntax/near-name.ts";
import { parseWithPlaces, type ProgramPlaces } from "../syntax/parse-program.ts";
import { offsetOfPredicate } from "../syntax/brackets.ts";
import { offsetOfVariable, tokenEnd } from "../syntax/scan.ts";
import { Source } from "../syntax/source.ts";

/** What to look for. Predicates are `name/arity`. Without options only unused variables are. */
export interface LintOptions {
  /** A policy unless given. */
  readonly kind?: SourceKind;
  /** All predicates there are: others are slips. */
  readonly vocabulary?: readonly string[];
  /** Predicates whose facts come from elsewhere. With it, those that nothing else gives are told: they never match. */
  readonly ambient?: readonly string[];
  /** Whether a check must bound `time`. */
  readonly requireExpiry?: boolean;
  /** Predicates that only third parties state: who uses one must say whom he trusts. */
  readonly thirdParty?: readonly string[];
}

/** Warnings about source that can be read, and the errors of source that cannot. In the order of the text. */
export function lintSource(source: string, options: LintOptions = {}): readonly Diagnostic[] {
  const { kind = "policy" } = options;
  const errors = checkSource(source, kind);
  if (errors.length > 0) return errors;
  return new Linter(source, options).run();
}

const keyOf = ({ name, terms }: Predicate): string => `${name}/${terms.length}`;

class Linter {
  readonly #source: Source;
  readonly #options: LintOptions;
  readonly #program: Program;
  readonly #places: ProgramPlaces;
  readonly #found: Diagnostic[] = [];

  constructor(text: string, options: LintOptions) {
    const isPolicy = options.kind !== "block";
    this.#source = Source.open(text);
    this.#options = options;
    const { program, places } = parseWithPlaces(this.#source, isPolicy);
    this.#program = program;
    this.#places = places;
  }

  run(): readonly Diagnostic[] {
    const { rules, checks, policies } = this.#program;
    this.#lintNames();
    for (const rule of rules) this.#lintQuery(rule, [rule.head], this.#places.statements.get(rule));
    for (const { queries } of [...checks, ...policies]) {
      for (const query of queries) this.#lintQuery(query, [], this.#places.queries.get(query));
    }
    if (
      this.#options.requireExpiry === true &&
      !checks.some(({ queries }) => queries.every(boundsTime))
    ) {
      this.#warn(
        "missing-expiry-check",
        0,
        "no check bounds the time in which this counts",
        "add `check if time($t), $t < …`",
      );
    }
    return this.#found.toSorted((a, b) => a.position.offset - b.position.offset);
  }

  /** Facts and heads, which name predicates as well as bodies do. */
  #lintNames(): void {
    const { facts, rules, parameters } = this.#program;
    for (const fact of [...facts, ...(parameters?.facts ?? [])]) {
      this.#lintName(fact, this.#places.statements.get(fact) ?? 0);
    }
    for (const rule of rules) this.#lintName(rule.head, this.#places.statements.get(rule) ?? 0);
  }

  #lintQuery(query: Query, heads: readonly Predicate[], start = 0): void {
    for (const predicate of query.body) {
      const at = offsetOfPredicate(
        this.#source.text,
        predicate.name,
        this.#places.queries.get(query) ?? start,
      );
      this.#lintName(predicate, at);
      this.#lintUse(predicate, query, at);
    }
    for (const name of unusedVariables(query, heads)) {
      const at = offsetOfVariable(this.#source.text, name, start, this.#source.text.length);
      this.#warn(
        "unused-variable",
        at ?? start,
        `$${name} is used once only`,
        `where any value will do, begin its name with _: $_${name}`,
      );
    }
  }

  #lintName(predicate: Predicate, at: number): void {
    const { vocabulary } = this.#options;
    const key = keyOf(predicate);
    if (vocabulary === undefined || vocabulary.includes(key)) return;
    const arities = vocabulary.filter((each) => each.startsWith(`${predicate.name}/`));
    if (arities.length > 0) {
      this.#warn(
        "wrong-arity",
        at,
        `there is no predicate ${key}`,
        `there is ${arities.join(", ")}`,
      );
      return;
    }
    const [near] = nearNames(
      predicate.name,
      vocabulary.map((each) => each.replace(/\/\d+$/, "")),
    );
    this.#warn(
      "unknown-predicate",
      at,
      `there is no predicate ${key}`,
      near && `did you mean \`${near}\`?`,
    );
  }

  #lintUse(predicate: Predicate, query: Query, at: number): void {
    const { ambient, thirdParty = [] } = this.#options;
    const key = keyOf(predicate);
    if (ambient !== undefined && !ambient.includes(key) && !this.#isGiven(key)) {
      this.#warn(
        "never-matches",
        at,
        `nothing gives ${key}: this never matches`,
        "state it, derive it, or declare it as ambient",
      );
    }
    if (thirdParty.includes(key) && !this.#trustsKey(query)) {
      this.#warn(
        "unscoped-third-party-fact",
        at,
        `${key} is stated by third parties, but none is trusted here`,
        "add `trusting ed25519/…`",
      );
    }
  }

  #isGiven(key: string): boolean {
    const { facts, rules, parameters } = this.#program;
    const given = [...facts, ...(parameters?.facts ?? []), ...rules.map(({ head }) => head)];
    return given.some((each) => keyOf(each) === key);
  }

  #trustsKey({ scopes, keyParameters = [] }: Query): boolean {
    const own = scopes.length + keyParameters.length > 0;
    const blockKeys = this.#program.parameters?.blockKeys ?? [];
    const chosen = own ? scopes : this.#program.scopes;
    return (
      chosen.some((scope) => typeof scope !== "string") ||
      (own ? keyParameters : blockKeys).length > 0
    );
  }

  #warn(code: LintCode, offset: number, message: string, suggestion: string | undefined): void {
    this.#found.push({
      severity: "warning",
      code,
      message,
      position: this.#source.position(offset),
      end: this.#source.position(tokenEnd(this.#source.text, offset)),
      expected: [],
      suggestion,
    });
  }
}

const inTerms = ({ terms }: Predicate): string[] =>
  terms.flatMap((term) => (term instanceof Variable ? [term.name] : []));

function inExpression(expression: Expression): string[] {
  if (expression.kind !== "term") return partsOf(expression).flatMap(inExpression);
  return expression.term instanceof Variable ? [expression.term.name] : [];
}

/** Variables that stand in one place only and are not named as such that may. */
function unusedVariables({ body, expressions }: Query, heads: readonly Predicate[]): string[] {
  const uses = [
    ...body.flatMap(inTerms),
    ...heads.flatMap(inTerms),
    ...expressions.flatMap(inExpression),
  ];
  const bound = [...new Set(body.flatMap(inTerms))];
  return bound.filter(
    (name) => !name.startsWith("_") && uses.filter((use) => use === name).length === 1,
  );
}

const UPPER: ReadonlySet<string> = new Set(["<", "<="]);
const LOWER: ReadonlySet<string> = new Set([">", ">="]);

/** Whether a query has `time($t)` and compares `$t` with an upper bound. */
function boundsTime({ body, expressions }: Query): boolean {
  const times = body
    .filter(({ name, terms }) => name === "time" && terms.length === 1)
    .flatMap(inTerms);
  const isTime = (expression: Expression): boolean =>
    expression.kind === "term" &&
    expression.term instanceof Variable &&
    times.includes(expression.term.name);
  return expressions.some((expression) => {
    if (expression.kind !== "binary") return false;
    const { operator, left, right } = expression;
    return (UPPER.has(operator) && isTime(left)) || (LOWER.has(operator) && isTime(right));
  });
}
