import {
  type BlockContent,
  type Check,
  type Expression,
  type Fact,
  type Policy,
  type Predicate,
  type Query,
  type Rule,
  type Scope,
  type Term,
  Variable,
} from "../../src/datalog/ast.ts";
import { printCheck, printPolicy, printRule } from "../../src/syntax/print-statement.ts";
import { printPredicate } from "../../src/syntax/print-term.ts";
import type { TypeName, Value } from "../../src/values/value.ts";
import type { Random } from "../random.ts";
import { THIRD_PARTIES } from "../keys.ts";
import { expressionOf } from "./expressions.ts";
import { anyValue, valueOf } from "./values.ts";

/** A block or an authorizer as its statements, each without semicolon: what shrinking takes apart. */
export type Statements = readonly string[];

export interface BlockCase {
  readonly statements: Statements;
  /** Which of `THIRD_PARTIES` signs it; none for the holder's own blocks. */
  readonly thirdParty?: number | undefined;
}

export interface ProgramCase {
  readonly blocks: readonly BlockCase[];
  readonly authorizer: Statements;
}

type Column = TypeName | "any";

/** Predicates with the types of their columns, so that most joins and comparisons mean something. */
const SCHEMAS: readonly { readonly name: string; readonly columns: readonly Column[] }[] = [
  { name: "user", columns: ["string"] },
  { name: "right", columns: ["string", "string"] },
  { name: "right", columns: ["string", "string", "string"] },
  { name: "time", columns: ["date"] },
  { name: "level", columns: ["integer"] },
  { name: "edge", columns: ["integer", "integer"] },
  { name: "tag", columns: ["string", "integer"] },
  { name: "flag", columns: ["bool"] },
  { name: "group", columns: ["set"] },
  { name: "ns::any", columns: ["any"] },
  { name: "_mixed", columns: ["any", "any"] },
  { name: "blob", columns: ["bytes"] },
];

/**
 * How facts and expressions go together. The reference looks at facts in random order and stops at the first that
 * decides, so where one fact would fail and another would match its answer is luck. Either expressions cannot fail on a
 * variable (`total`), or they have no variables (`ground`), or there is one fact of each predicate (`single`).
 */
type Mode = "total" | "ground" | "single";

interface Context {
  readonly random: Random;
  readonly mode: Mode;
  /** Names of facts given already, in mode `single`. */
  readonly used: Set<string>;
}

const predicateKey = ({ name, terms }: Predicate): string => `${name}/${terms.length}`;
const valueFor = (column: Column, random: Random): Value =>
  column === "any" ? anyValue(random) : valueOf(column, random, 1);

function anyFact({ random, mode, used }: Context): Fact | undefined {
  const { name, columns } = random.pick(SCHEMAS);
  const fact = { name, terms: columns.map((column) => valueFor(column, random)) };
  if (mode === "single" && used.has(predicateKey(fact))) return undefined;
  used.add(predicateKey(fact));
  return fact;
}

interface Bound {
  readonly name: string;
  readonly type: Column;
}

/** A predicate over variables `x0`, `x1` and so on; each variable keeps the type of its first column. */
function anyPredicate({ random }: Context, bound: Bound[]): Predicate {
  const { name, columns } = random.pick(SCHEMAS);
  const terms = columns.map((type): Term => {
    if (random.chance(0.2)) return valueFor(type, random);
    const known = bound.filter((each) => each.type === type || random.chance(0.1));
    if (known.length > 0 && random.chance(0.5)) return new Variable(random.pick(known).name);
    const variable = {
      name: random.pick(["x", "y", "long_name", "0"]) + String(bound.length),
      type,
    };
    bound.push(variable);
    return new Variable(variable.name);
  });
  return { name, terms };
}

const TRUE: Expression = { kind: "term", term: true };

/** Comparisons and the like that cannot fail, in blocks of any version. */
function simpleExpression(random: Random, bound: readonly Bound[]): Expression {
  const typed = bound.filter(
    ({ type }) => type === "integer" || type === "string" || type === "date",
  );
  if (typed.length === 0) return TRUE;
  const { name, type } = random.pick(typed);
  const operators =
    type === "string"
      ? (["===", "!==", "contains", "starts_with", "ends_with"] as const)
      : (["<", ">", "<=", ">=", "==="] as const);
  return {
    kind: "binary",
    operator: random.pick(operators),
    left: { kind: "term", term: new Variable(name) },
    right: { kind: "term", term: valueFor(type, random) },
  };
}

function anyExpression({ random, mode }: Context, bound: readonly Bound[]): Expression {
  if (random.chance(0.4)) return simpleExpression(random, bound);
  const depth = random.between(1, 4);
  if (mode === "ground")
    return expressionOf("bool", random, depth, { variables: [], mistakes: 0.03 });
  if (mode === "single")
    return expressionOf("bool", random, depth, { variables: bound, mistakes: 0.05 });
  const attempt = expressionOf("bool", random, depth, { variables: bound, mistakes: 0.1 });
  const caught: Expression = {
    kind: "try",
    attempt: { kind: "unary", operator: "()", operand: attempt },
    fallback: { kind: "term", term: random.chance(0.5) },
  };
  return { kind: "binary", operator: "==", left: caught, right: TRUE };
}

function anyScopes(random: Random, probability: number): Scope[] {
  if (!random.chance(probability)) return [];
  return random.many(1, 2, () =>
    random.pick<Scope>([
      "authority",
      "previous",
      ...THIRD_PARTIES.map(({ publicKey }) => publicKey),
    ]),
  );
}

function anyQuery(context: Context, least: number): Query & { readonly bound: readonly Bound[] } {
  const { random } = context;
  const bound: Bound[] = [];
  const body = random.many(least, random.chance(0.2) ? 3 : 2, () => anyPredicate(context, bound));
  const expressions = random.many(body.length === 0 ? 1 : 0, 2, () =>
    anyExpression(context, bound),
  );
  return { body, expressions, scopes: anyScopes(random, 0.2), bound };
}

function anyRule(context: Context): Rule {
  const { random, mode, used } = context;
  const query = anyQuery(context, 1);
  const terms = random.many(1, 2, (): Term =>
    query.bound.length > 0 && random.chance(0.8)
      ? new Variable(random.pick(query.bound).name)
      : anyValue(random, 1),
  );
  if (mode !== "single")
    return {
      head: { name: random.pick(["user", "edge", "derived", "_mixed", "right"]), terms },
      ...query,
    };
  used.add(`derived${used.size}`);
  return { head: { name: `derived${used.size}`, terms }, ...query };
}

const anyCheck = (context: Context): Check => ({
  kind: context.random.pick(["one", "one", "all", "reject"]),
  queries: context.random.many(1, context.random.chance(0.3) ? 3 : 1, () =>
    anyQuery(context, context.random.below(2)),
  ),
});

const anyPolicy = (context: Context): Policy => ({
  kind: context.random.pick(["allow", "deny"]),
  queries: context.random.many(1, context.random.chance(0.3) ? 2 : 1, () =>
    anyQuery(context, context.random.below(2)),
  ),
});

function anyBlock(context: Context, size: number): BlockContent {
  const { random } = context;
  return {
    facts: random.many(0, 2 * size, () => anyFact(context)).filter((fact) => fact !== undefined),
    rules: random.many(0, random.below(size + 1), () => anyRule(context)),
    checks: random.many(0, random.below(size + 1), () => anyCheck(context)),
    scopes: anyScopes(random, 0.08),
  };
}

const statementsOf = (content: BlockContent): string[] => [
  ...(content.scopes.length > 0 ? [`trusting ${content.scopes.map(String).join(", ")}`] : []),
  ...content.facts.map(printPredicate),
  ...content.rules.map(printRule),
  ...content.checks.map(printCheck),
];

/** White space where the grammar has it anyway; never within quotes, since a quote ends the piece. */
function respace(statement: string, random: Random): string {
  return statement
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((piece, i) =>
      i % 2 === 1 ? piece : piece.replaceAll(", ", () => random.pick([", ", ",", " ,  ", ",\n\t"])),
    )
    .join("");
}

/** A token of up to four blocks, of the holder and of third parties, and an authorizer for it. */
export function anyProgram(random: Random): ProgramCase {
  const context: Context = {
    random,
    mode: random.pick(["total", "ground", "single"]),
    used: new Set(),
  };
  const finish = (statements: readonly string[]): string[] =>
    random.chance(0.2)
      ? statements.map((statement) => respace(statement, random))
      : [...statements];
  const blocks = random.many(1, random.chance(0.2) ? 4 : 2, (i): BlockCase => ({
    statements: finish(statementsOf(anyBlock(context, i === 0 ? 3 : 2))),
    thirdParty: i > 0 && random.chance(0.35) ? random.below(THIRD_PARTIES.length) : undefined,
  }));
  const policies = random.many(0, 2, () => printPolicy(anyPolicy(context)));
  if (random.chance(0.8)) policies.push("allow if true");
  return { blocks, authorizer: finish([...statementsOf(anyBlock(context, 2)), ...policies]) };
}

/** The statements as source. */
export const sourceOf = (statements: Statements): string =>
  statements.map((each) => `${each};\n`).join("");
