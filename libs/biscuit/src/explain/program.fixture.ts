import fc from "fast-check";

/** Source of a token's blocks and of an authorizer. */
export interface RandomProgram {
  readonly blocks: readonly string[];
  readonly policy: string;
}

const literal = fc.constantFrom("1", "2", "-1", '"a"', '"b"', "true", "{1, 2}", "[1]");
const name = fc.constantFrom("p", "q", "r");
const ground = fc
  .tuple(name, fc.array(literal, { minLength: 1, maxLength: 2 }))
  .map(([predicate, terms]) => `${predicate}(${terms.join(", ")})`);
const variable = fc.constantFrom("$x", "$y", "$z");
const atom = fc
  .tuple(name, fc.array(fc.oneof(variable, variable, literal), { minLength: 1, maxLength: 2 }))
  .map(([predicate, terms]) => `${predicate}(${terms.join(", ")})`);

/** Over variables that the body binds. Some fail: on types, on numbers, on shadowing. */
const expression = fc.constantFrom(
  "$x == $y",
  "$x != 1",
  "$x === $y",
  "$x < 2 || $y < 2",
  "1 / 0 == 1",
  '($x + 1).try_or(0) == 2 && $x.type() == "integer"',
  '$x.type() == "integer" && $x > 1',
  "{1, 2}.any($e -> $e == $x)",
  "[1, 2].all($e -> $e != $x)",
  "{1}.any($x -> true)",
  "!($x == $y)",
  "true",
  "false",
);
const scope = fc.constantFrom("", "", "", " trusting previous", " trusting authority");
const body = fc
  .tuple(
    fc.array(atom, { maxLength: 2 }),
    fc.array(expression, { maxLength: 2 }),
    scope,
    fc.constantFrom("p($x, $y)", "q($y, $x)", "p($x), q($y)"),
  )
  .map(([atoms, expressions, trusting, binding]) =>
    [[binding, ...atoms, ...expressions].join(", "), trusting].join(""),
  );
const plain = fc
  .tuple(fc.array(ground, { minLength: 1, maxLength: 2 }), scope)
  .map(([facts, trusting]) => facts.join(", ") + trusting);
const query = fc.oneof(body, plain, plain, fc.constantFrom("true", "false"));
const queries = fc
  .array(query, { minLength: 1, maxLength: 3 })
  .map((alternatives) => alternatives.join(" or "));
const rule = fc
  .tuple(name, fc.constantFrom("$y, $x", "$x", "1, $y"), body)
  .map(([head, terms, right]) => `${head}(${terms}) <- ${right}`);
const check = fc
  .tuple(fc.constantFrom("check if", "check if", "check all", "reject if"), queries)
  .map((parts) => parts.join(" "));
const policy = fc
  .tuple(fc.constantFrom("allow if", "allow if", "deny if"), queries)
  .map((parts) => parts.join(" "));

const lines = (...kinds: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(...kinds), { maxLength: 6 })
    .map((statements) => statements.map((statement) => `${statement};\n`).join(""));
const block = fc
  .tuple(fc.constantFrom("", "", "", "trusting previous;\n"), lines(ground, ground, rule, check))
  .map((parts) => parts.join(""));

/** Programs of every shape: few predicates and values, so that much matches and much nearly does. */
export const anyProgram: fc.Arbitrary<RandomProgram> = fc.record({
  blocks: fc.array(block, { minLength: 1, maxLength: 4 }),
  policy: fc
    .tuple(lines(ground, ground, rule, check), lines(policy))
    .map((parts) => parts.join("")),
});
