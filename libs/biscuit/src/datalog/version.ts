import { type Value } from "../values/value.ts";
import {
  type BlockContent,
  type Check,
  type Expression,
  type ExpressionVisitor,
  partsOf,
  type Predicate,
  type Query,
  type Rule,
  type Term,
  visit,
} from "./ast.ts";
import { type BinaryOperator, MIN_VERSION, VERSION_3_1, VERSION_3_3 } from "./operators.ts";

/**
 * Which features count. A writer counts all. A reader does not count arrays and maps, whatever is in them, nor `get`: the
 * reference implementation writes them in blocks of any version.
 */
export type VersionUse = "write" | "read";

const OPERATOR_VERSIONS: Partial<Record<BinaryOperator, number>> = {
  "&": VERSION_3_1,
  "|": VERSION_3_1,
  "^": VERSION_3_1,
  "!==": VERSION_3_1,
  "==": VERSION_3_3,
  "!=": VERSION_3_3,
};

/** The highest version of any of `items`, without a list of them: every block that is read goes through here. */
function highest<Item>(
  items: Iterable<Item>,
  versionOfItem: (item: Item, use: VersionUse) => number,
  use: VersionUse,
): number {
  let version = MIN_VERSION;
  for (const item of items) version = Math.max(version, versionOfItem(item, use));
  return version;
}

function ofTerm(term: Term, use: VersionUse): number {
  if (term === null) return VERSION_3_3;
  if (typeof term !== "object") return MIN_VERSION;
  if (term.type === "set") return highest<Value>(term.elements, ofTerm, use);
  if (term.type !== "array" && term.type !== "map") return MIN_VERSION;
  return use === "write" ? VERSION_3_3 : MIN_VERSION;
}

/** Of an operation itself, without its operands. */
const OWN_VERSIONS: ExpressionVisitor<VersionUse, number> = {
  term: ({ term }, use) => ofTerm(term, use),
  unary: ({ operator }) => (operator === "type" ? VERSION_3_3 : MIN_VERSION),
  binary: ({ operator }, use) =>
    operator === "get" && use === "write"
      ? VERSION_3_3
      : (OPERATOR_VERSIONS[operator] ?? MIN_VERSION),
  lazy: () => VERSION_3_3,
  quantifier: () => VERSION_3_3,
  try: () => VERSION_3_3,
  extern: () => VERSION_3_3,
};

function ofExpression(expression: Expression, use: VersionUse): number {
  const own = visit(expression, OWN_VERSIONS, use);
  // Nothing is newer, and a leaf has no parts.
  if (own === VERSION_3_3 || expression.kind === "term") return own;
  return Math.max(own, highest(partsOf(expression), ofExpression, use));
}

const ofPredicate = (predicate: Predicate, use: VersionUse): number =>
  highest(predicate.terms, ofTerm, use);

const ofScopes = (scopes: readonly unknown[]): number =>
  scopes.length > 0 ? VERSION_3_1 : MIN_VERSION;

const ofQuery = (query: Query, use: VersionUse): number =>
  Math.max(
    ofScopes(query.scopes),
    highest(query.body, ofPredicate, use),
    highest(query.expressions, ofExpression, use),
  );

const ofRule = (rule: Rule, use: VersionUse): number =>
  Math.max(ofPredicate(rule.head, use), ofQuery(rule, use));

const CHECK_VERSIONS = { one: MIN_VERSION, all: VERSION_3_1, reject: VERSION_3_3 } as const;

const ofCheck = (check: Check, use: VersionUse): number =>
  Math.max(CHECK_VERSIONS[check.kind], highest(check.queries, ofQuery, use));

/** The smallest block version that has everything `content` uses. */
export function versionOf(content: BlockContent, use: VersionUse): number {
  return Math.max(
    ofScopes(content.scopes),
    highest(content.facts, ofPredicate, use),
    highest(content.rules, ofRule, use),
    highest(content.checks, ofCheck, use),
  );
}
