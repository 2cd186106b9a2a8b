import { describe, expect, it } from "vitest";
import { Budget } from "../datalog/budget.ts";
import { codeOf } from "../error-code.fixture.ts";
import { compileRegex } from "./regex.ts";

const budget = (): Budget => new Budget(1_000_000);
const matches = (pattern: string, text: string): boolean | undefined =>
  compileRegex(pattern, budget())?.matches(text, budget());

describe("regular expressions", () => {
  it.each([
    ["file[0-9]+.txt", "xfile12_txt", true],
    ["^a$", "a\n", false],
    ["(?m)^b$", "a\nb\nc", true],
    ["(?mR)^b$", "a\r\nb\r\nc", true],
    ["a.b", "a\nb", false],
    ["(?s)a.b", "a\nb", true],
    ["^.$", "𝄞", true],
    ["\\d", "٣", true],
    ["(?-u:\\d)", "٣", false],
    ["(?i)straße", "STRAßE", true],
    ["(?i)k", "\u212a", true],
    ["[\\w--\\d]", "1", false],
    ["[a-z&&[^b]]", "b", false],
    ["[a-c~~b-d]", "b", false],
    ["[^\\s[:punct:]]", " !", false],
    ["\\p{Greek}", "α", true],
    ["\\p{greek}", "α", true],
    ["\\x{1F600}", "😀", true],
    ["\\bfoo\\b", "a foo b", true],
    ["\\<foo\\>", "afoo", false],
    ["\\b{start}foo\\b{end}", "foo", true],
    ["(?x) a b # c\n c", "abc", true],
    ["a{2,3}$", "aaaa", true],
    ["^a{2,3}$", "aaaa", false],
    ["(?P<year>\\d{4})-(?<month>\\d\\d)", "2026-11", true],
    ["(|a)*", "b", true],
    ["", "", true],
  ])("%j on %j: %j", (pattern, text, wanted) => {
    expect(matches(pattern, text)).toBe(wanted);
  });

  it.each([
    "(",
    ")",
    "[",
    "[]",
    "a**{",
    "*",
    "a{2,1}",
    "\\1",
    "(?=a)",
    "(?<!a)",
    "(?P=x)",
    "\\8",
    "[z-a]",
    "[\\b]",
    "(?i-)",
    "(?)",
    "(?-u:.)",
    "(?<a>b)(?<a>c)",
    "\\",
    "\\x{110000}",
    "\\ud800",
    "a{99999999999}",
  ])("%j is not valid", (pattern) => {
    expect(compileRegex(pattern, budget())).toBeUndefined();
  });

  it("take linear time where backtracking would take for ever", () => {
    const text = "a".repeat(5000);
    for (const pattern of ["(a+)+$b", "(a|aa)*c", "(a*)*b", "(.*a){12}b", "(a?){30}a{30}b"]) {
      const used = new Budget(1e9);
      expect(compileRegex(pattern, used)?.matches(text, used)).toBe(false);
      expect(used.used).toBeLessThan(text.length * 400);
    }
  });

  it("end with the step budget and have a bound on size and depth", () => {
    expect(codeOf(() => compileRegex("(a{100}){100}", budget()))).toBe("too-large");
    expect(codeOf(() => compileRegex("(a{1000}){1000}{1000}", new Budget(5000)))).toBe(
      "too-many-steps",
    );
    expect(codeOf(() => compileRegex("(".repeat(1000), budget()))).toBe("too-large");
    expect(codeOf(() => compileRegex(`a${"*".repeat(1000)}`, budget()))).toBe("too-large");
    expect(
      codeOf(() => compileRegex("a*", budget())?.matches("b".repeat(100), new Budget(0))),
    ).toBe("too-many-steps");
  });

  it("cost more steps where characters are no ASCII, or are asked about for the first time", () => {
    const used = (pattern: string, text: string): number => {
      const spent = new Budget(1e9);
      compileRegex(pattern, spent)?.matches(text, spent);
      return spent.used;
    };
    const [ascii, greek] = ["a".repeat(1000), "σ".repeat(1000)];
    expect(used("(?i)[a-zα-ω]*$b", greek)).toBeGreaterThan(3 * used("(?i)[a-zα-ω]*$b", ascii));
    expect(used("(?i)\\w*$b", ascii)).toBe(used("(?i)\\w*$b", ascii));
    const folded = Array.from({ length: 50 }, (_, i) => `[\\p{Lu}\\x{4e${10 + i}}]`).join("|");
    expect(used(`(?i)(${folded})*`, "abcdefghij")).toBeGreaterThan(
      used(`(?i)(${folded})*`, ascii) / 10,
    );
  });

  it("refuse an unknown property instead of guessing that it matches nothing", () => {
    expect(codeOf(() => compileRegex("\\p{Nonsense}", budget()))).toBe("unsupported-regex");
  });
});
