import { describe, expect, it } from "vitest";
// With suggestions, as who imports all of the library has them.
import { lintSource, type LintOptions } from "../index.ts";

const lint = (source: string, options: LintOptions = {}): unknown[] =>
  lintSource(source, options).map(({ code, position, suggestion }) => [
    code,
    `${position.line}:${position.column}`,
    suggestion,
  ]);

describe("the linter", () => {
  it("tells errors where there are, and nothing else", () => {
    expect(lint("user(?);")).toEqual([
      ["syntax", "1:6", "there is no conditional operator; alternatives are joined by `or`"],
    ]);
  });

  it("tells variables that are used once, where any value will do", () => {
    expect(lint("allow if user($u), right($u, $r), op($_o);\nr($x) <- a($x, $y), $x > 1;")).toEqual(
      [
        ["unused-variable", "1:30", "where any value will do, begin its name with _: $_r"],
        ["unused-variable", "2:16", "where any value will do, begin its name with _: $_y"],
      ],
    );
    expect(
      lint("check if a($x), [1].any($e -> $e == $x); p({now}); check if p($t), $t < {end};"),
    ).toEqual([]);
  });

  it("tells predicates that the vocabulary does not have", () => {
    const vocabulary = ["user/1", "right/2", "time/1"];
    expect(
      lint('usr("a"); user("a", 1); check if right(1, 2), times(3); user(1);', {
        kind: "block",
        vocabulary,
      }),
    ).toEqual([
      ["unknown-predicate", "1:1", "did you mean `user`?"],
      ["wrong-arity", "1:11", "there is user/1"],
      ["unknown-predicate", "1:47", "did you mean `time`?"],
    ]);
  });

  it("tells predicates that nothing gives", () => {
    const source =
      "a(1); b($x) <- a($x), c($x); allow if b(1), d(1); p({now});\nallow if p(1) or e(1);";
    expect(lint(source, { ambient: ["c/1"] })).toMatchObject([
      ["never-matches", "1:45", expect.anything()],
      ["never-matches", "2:18", expect.anything()],
    ]);
  });

  it("asks for a check of the expiry when it is told to", () => {
    const expiry = (source: string): number =>
      lintSource(source, { kind: "block", requireExpiry: true }).length;
    expect(expiry("check if time($t), $t < 2030-01-01T00:00:00Z;")).toBe(0);
    expect(expiry("check if time($t), 2030-01-01T00:00:00Z >= $t;")).toBe(0);
    expect(expiry("check if time($t), $t > 2030-01-01T00:00:00Z;")).toBe(1);
    expect(expiry("check if time($t), $t < 2030-01-01T00:00:00Z or user(1);")).toBe(1);
    expect(expiry("user(1);")).toBe(1);
  });

  it("asks whom a query trusts that uses what third parties state", () => {
    const key = "ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189";
    const codes = (source: string): unknown[] =>
      lintSource(source, { thirdParty: ["group/1"] }).map(({ code }) => code);
    expect(codes("allow if group(1)")).toEqual(["unscoped-third-party-fact"]);
    expect(codes("allow if group(1) trusting authority")).toEqual(["unscoped-third-party-fact"]);
    expect(codes(`allow if group(1) trusting ${key}`)).toEqual([]);
    expect(codes("allow if group(1) trusting {key}")).toEqual([]);
    expect(codes(`trusting ${key}; allow if group(1)`)).toEqual([]);
  });
});
