import { describe, expect, it } from "vitest";
import type { Expression } from "../datalog/ast.ts";
import { printExpression } from "./print-expression.ts";
import { printPredicate } from "./print-term.ts";

const term = (value: number | boolean): Expression => ({ kind: "term", term: value });

describe("printing", () => {
  it("escapes strings, so that none ends early", () => {
    expect(printPredicate({ name: "user", terms: ['a"); admin(true); x("\n\\'] })).toBe(
      'user("a\\"); admin(true); x(\\"\\n\\\\")',
    );
  });

  it("does not let a name pass for statements", () => {
    expect(printPredicate({ name: "user(1); admin", terms: [true] })).toBe(
      '<name "user(1); admin">(true)',
    );
  });

  it("adds the parentheses that a token lacks", () => {
    const sum: Expression = { kind: "binary", operator: "+", left: term(1), right: term(2) };
    expect(printExpression({ kind: "binary", operator: "*", left: sum, right: term(3) })).toBe(
      "(1 + 2) * 3",
    );
    const not: Expression = { kind: "unary", operator: "!", operand: term(true) };
    expect(printExpression({ kind: "binary", operator: "+", left: not, right: term(3) })).toBe(
      "(!true) + 3",
    );
  });

  it("writes the eager operators of old tokens so that nobody reads a negation", () => {
    expect(
      printExpression({ kind: "binary", operator: "and", left: term(true), right: term(false) }),
    ).toBe("true.and(false)");
  });
});
