import fc from "fast-check";
import { KeyPair } from "./crypto/key-pair.ts";
import {
  type BlockContent,
  type Check,
  type Expression,
  type Fact,
  type Predicate,
  type Query,
  type Rule,
  type Scope,
  type Term,
  Variable,
} from "./datalog/ast.ts";
import type { BinaryOperator, UnaryOperator } from "./datalog/operators.ts";
import { toInteger } from "./values/integer.ts";
import {
  ArrayValue,
  BytesValue,
  DateValue,
  type MapKey,
  MapValue,
  SetValue,
  type Value,
} from "./values/value.ts";

const KEYS = ["ed25519", "secp256r1"] as const;
const publicKeys = KEYS.map(
  (algorithm) => KeyPair.fromSecret(algorithm, new Uint8Array(32).fill(7)).publicKey,
);

export const anyInteger: fc.Arbitrary<number | bigint> = fc.oneof(
  fc.integer(),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => toInteger(value) ?? 0),
);
const anyText = fc
  .oneof(
    fc.constantFrom("read", "user", "", 'a"); admin(true); x("', "\\n\n\t", "𝄞é"),
    fc.string({ unit: "grapheme" }),
  )
  .map((value) => value.toWellFormed());
const anyName = fc.constantFrom(
  "user",
  "right",
  "ns::fact_1",
  "é",
  "_x",
  "hex",
  "or",
  "check",
  "trusting",
  "trueish",
);
const anyVariable = fc.constantFrom("x", "y", "0", "long_name:1").map((name) => new Variable(name));
const scalars: readonly fc.Arbitrary<Value>[] = [
  anyInteger,
  anyText,
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: 0, max: 253_402_300_799 }).map((seconds) => new DateValue(seconds)),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => new BytesValue(Uint8Array.from(bytes))),
];
const anyKey: fc.Arbitrary<MapKey> = fc.oneof(anyInteger, anyText);

export const anyValue: fc.Memo<Value> = fc.memo((depth) => {
  if (depth <= 1) return fc.oneof(...scalars);
  const inner = anyValue(depth - 1);
  return fc.oneof(
    ...scalars,
    ...scalars.map((elements) =>
      fc.array(elements, { maxLength: 4 }).map((values) => SetValue.of(values)),
    ),
    fc.array(inner, { maxLength: 3 }).map((values) => new ArrayValue(values)),
    fc.array(fc.tuple(anyKey, inner), { maxLength: 3 }).map((entries) => MapValue.of(entries)),
  );
});

const BINARY: readonly BinaryOperator[] = [
  "<", "<=", "===", "!==", "==", "!=", "+", "-", "*", "/", "&", "|", "^", "and", "or",
  "contains", "starts_with", "matches", "union", "get",
]; // prettier-ignore
const UNARY: readonly UnaryOperator[] = ["!", "()", "length", "type"];

/** Expressions over the variables x and y, with and without the parentheses that the grammar needs. */
export const anyExpression: fc.Memo<Expression> = fc.memo((depth) => {
  const term: fc.Arbitrary<Term> = fc.oneof(
    anyValue(2),
    fc.constantFrom("x", "y").map((name) => new Variable(name)),
  );
  const leaf = fc.record({ kind: fc.constant("term" as const), term });
  if (depth <= 1) return leaf;
  const inner = anyExpression(depth - 1);
  return fc.oneof(
    leaf,
    fc.record({
      kind: fc.constant("unary" as const),
      operator: fc.constantFrom(...UNARY),
      operand: inner,
    }),
    fc.record({
      kind: fc.constant("binary" as const),
      operator: fc.constantFrom(...BINARY),
      left: inner,
      right: inner,
    }),
    fc.record({
      kind: fc.constant("lazy" as const),
      operator: fc.constantFrom("&&" as const, "||" as const),
      left: inner,
      right: inner,
    }),
    fc.record({
      kind: fc.constant("quantifier" as const),
      operator: fc.constantFrom("all" as const, "any" as const),
      collection: inner,
      parameter: fc.constant("p"),
      body: inner,
    }),
    fc.record({ kind: fc.constant("try" as const), attempt: inner, fallback: inner }),
    fc.record({
      kind: fc.constant("extern" as const),
      name: fc.constant("f"),
      operand: inner,
      argument: inner,
    }),
  );
});

const anyScopes = fc.oneof(
  fc.constant([]),
  fc.array(fc.constantFrom<Scope>("authority", "previous", ...publicKeys), {
    minLength: 1,
    maxLength: 2,
  }),
);
const anyPredicate: fc.Arbitrary<Predicate> = fc.record({
  name: anyName,
  terms: fc.array(fc.oneof(anyValue(2), anyVariable), { minLength: 1, maxLength: 3 }),
});
const anyFact: fc.Arbitrary<Fact> = fc.record({
  name: anyName,
  terms: fc.array(anyValue(3), { minLength: 1, maxLength: 3 }),
});
const bindsBoth: Predicate = { name: "binds", terms: [new Variable("x"), new Variable("y")] };
const anyQuery: fc.Arbitrary<Query> = fc.record({
  body: fc.array(anyPredicate, { maxLength: 2 }).map((predicates) => [bindsBoth, ...predicates]),
  expressions: fc.array(anyExpression(4), { maxLength: 2 }),
  scopes: anyScopes,
});
const anyRule: fc.Arbitrary<Rule> = anyQuery.map((query) => ({
  head: { name: "head", terms: [new Variable("x"), 1] },
  ...query,
}));
const anyCheck: fc.Arbitrary<Check> = fc.record({
  kind: fc.constantFrom("one" as const, "all" as const, "reject" as const),
  queries: fc.array(anyQuery, { minLength: 1, maxLength: 2 }),
});

/** Any block that can be written as text and on the wire. */
export const anyBlock: fc.Arbitrary<BlockContent> = fc.record({
  facts: fc.array(anyFact, { maxLength: 2 }),
  rules: fc.array(anyRule, { maxLength: 1 }),
  checks: fc.array(anyCheck, { maxLength: 1 }),
  scopes: anyScopes,
});
