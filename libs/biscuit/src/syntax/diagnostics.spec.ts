import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf } from "../error-code.fixture.ts";
import { checkSource } from "../source.ts";
import { parseBlock, parseProgram } from "./parse-program.ts";
import { Source } from "./source.ts";

const first = (source: string): ReturnType<typeof checkSource>[number] | undefined =>
  checkSource(source)[0];

describe("an error's suggestion", () => {
  it.each([
    // Keywords
    ["chek if user(1);", 1, 1, "did you mean `check if`?"],
    ["check iff user(1);", 1, 1, "did you mean `check if`?"],
    ["check user(1);", 1, 1, "did you mean `check if`?"],
    ["checkif user(1);", 1, 1, "did you mean `check if`?"],
    ["chekc all user($x);", 1, 1, "did you mean `check all`?"],
    ["rejct if user(1);", 1, 1, "did you mean `reject if`?"],
    ["alow if true;", 1, 1, "did you mean `allow if`?"],
    ["allow all;", 1, 1, "did you mean `allow if true`?"],
    ["deny;", 1, 1, "did you mean `deny if true`?"],
    ["permit if true;", 1, 1, "did you mean `allow if`?"],
    ["forbid if true;", 1, 1, "did you mean `deny if`?"],
    ["require user(1);", 1, 1, "did you mean `check if`?"],
    ["unless user(1);", 1, 1, "did you mean `reject if`?"],
    // Statements
    ["user(1)\nuser(2);", 2, 1, "a semicolon is missing before it"],
    ["user(1)\ncheck if user(2);", 2, 1, "a semicolon is missing before it"],
    ["check if user(1)\nallow if true;", 2, 1, "a semicolon is missing before it"],
    ["user;", 1, 1, "a fact has its terms in parentheses: user(…)"],
    ['user "alice";', 1, 1, "a fact has its terms in parentheses: user(…)"],
    ["user();", 1, 6, "a fact has at least one term"],
    ["user(1,);", 1, 8, "remove the comma before it"],
    ["check if user(1),;", 1, 18, "remove the comma before it"],
    ["# note\nuser(1);", 1, 1, "comments begin with `//`"],
    ["-- note\nuser(1);", 1, 1, "comments begin with `//`"],
    ["/* note\nuser(1);", 1, 1, "this comment is not closed: `*/` is missing"],
    // Facts and rules
    ["user($x);", 1, 6, "a fact has only values; with a variable it is a rule and needs a body: user(…) <- …"],
    ["head($x) :- user($x);", 1, 6, "did you mean `<-`?"],
    ["head($x) => user($x);", 1, 6, "did you mean `<-`?"],
    ["head($x) if user($x);", 1, 6, "did you mean `<-`?"],
    ["head(1) :- user($x);", 1, 9, "did you mean `<-`?"],
    ["head($usr) <- user($user);", 1, 6, "did you mean `$user`?"],
    ["head($z) <- user($user);", 1, 6, "add a predicate to the body that has $z among its terms"],
    ["check if user($user), $usr == 1;", 1, 23, "did you mean `$user`?"],
    ["check if time($t), $now < 1;", 1, 20, "add a predicate to the body that has $now among its terms"],
    // Brackets and strings
    ["user(1;", 1, 7, "the parenthesis opened at line 1, column 5 is not closed"],
    ["user(1", 1, 7, "the parenthesis opened at line 1, column 5 is not closed"],
    ["check if (1 + 2 == 3;", 1, 21, "the parenthesis opened at line 1, column 10 is not closed"],
    ["user([1, 2);", 1, 11, "the bracket opened at line 1, column 6 is not closed"],
    ["user({1, 2);", 1, 11, "the brace opened at line 1, column 6 is not closed"],
    ["user(1));", 1, 8, "nothing is open that it could close"],
    ['user("abc);', 1, 6, 'add the closing `"`; inside a string it is written `\\"`'],
    ["user('abc');", 1, 6, 'strings stand in double quotes: "…"'],
    ["user(“abc”);", 1, 6, 'strings stand in double quotes: "…"'],
    ["user(`abc`);", 1, 6, 'strings stand in double quotes: "…"'],
    ['user("a\\d");', 1, 9, "a backslash is written `\\\\`"],
    // Terms
    ["user(alice);", 1, 6, 'a string stands in quotes, "alice"; a variable begins with $, $alice'],
    ["check if user(x);", 1, 15, 'a string stands in quotes, "x"; a variable begins with $, $x'],
    ["user({ id });", 1, 8, "a parameter is written without blanks: {id}"],
    ["user(${id});", 1, 7, "a value is filled in by a template, biscuit`…` or block`…`: ${…}"],
    ["user(undefined);", 1, 6, "did you mean `null`?"],
    ["user(None);", 1, 6, "did you mean `null`?"],
    ["user(True);", 1, 6, "did you mean `true`?"],
    ["user(1.5);", 1, 7, "there are no fractions, only integers of 64 bits"],
    ["check if user($x), $x == 1.5;", 1, 28, "there are no fractions, only integers of 64 bits"],
    ["user(0x10);", 1, 7, "integers are decimal; bytes are hex:00ff"],
    ["user(1e3);", 1, 7, "integers are plain digits"],
    ["user(+1);", 1, 6, "positive integers have no sign"],
    ["user(2030-01-31);", 1, 10, "a date has a time and an offset: 2030-01-31T00:00:00Z"],
    ["user(2030-01-31T00:00:00);", 1, 10, "a date has a time and an offset: 2030-01-31T00:00:00Z"],
    ["user(hex:abc);", 1, 6, "bytes have two hexadecimal digits each: hex:00ff"],
    // Expressions
    ["check if user($u), $u = 1;", 1, 23, "did you mean `==`?"],
    ["check if user($u), $u <> 1;", 1, 24, "did you mean `!=`?"],
    ["check if user($u), $u == 1 and $u == 2;", 1, 28, "`,` joins conditions, `&&` expressions"],
    ["check if user($u), not $u == 2;", 1, 20, "`!` negates an expression; that no fact matches is said by `reject if`"],
    ["check if user($u), $u in [1];", 1, 23, "whether a collection holds a value is a method: .contains(…)"],
    ["check if user($u), $u % 2 == 0;", 1, 23, "there is no remainder operator"],
    ['check if user($u), $u =~ "a";', 1, 23, "patterns are matched by a method: .matches(…)"],
    ["check if user($u), $u.matches(/a+/);", 1, 31, 'patterns are strings: .matches("…")'],
    ["check if user($u), $u != undefined;", 1, 26, "did you mean `null`?"],
    ["check if user($u) || admin(true);", 1, 19, "alternatives are joined by `or`"],
    ["check if user($u) && admin(true);", 1, 19, "predicates are joined by `,`"],
    ["check if !user(1);", 1, 11, "predicates cannot be negated; that no fact matches is said by `reject if`"],
    ["check if (user(1) or user(2));", 1, 11, "predicates stand without parentheses around them"],
    ["check if user($u) where $u == 1;", 1, 19, "conditions follow after a comma"],
    // Methods
    ["check if user($u), $u.lenght() == 1;", 1, 23, "did you mean `.length(…)`?"],
    ['check if user($u), $u.startsWith("a");', 1, 23, "did you mean `.starts_with(…)`?"],
    ['check if user($u), $u.includes("a");', 1, 23, "did you mean `.contains(…)`?"],
    ["check if user($u), $u.every($x -> true);", 1, 23, "did you mean `.all(…)`?"],
    ["check if user($u), $u.length == 1;", 1, 30, "length is a method: .length()"],
    ["check if user($u), $u.any(x -> x == 1);", 1, 27, "closures are written `$x -> …`"],
    ["check if user($u), $u.any($x => $x == 1);", 1, 30, "closures are written `$x -> …`"],
    // Scopes
    ["check if user(1) trustin previous;", 1, 18, "did you mean `trusting`?"],
    ["check if user(1) trusts previous;", 1, 18, "did you mean `trusting`?"],
    ["check if user(1) trusting previuos;", 1, 27, "did you mean `previous`?"],
    ["check if user(1) trusting authorty;", 1, 27, "did you mean `authority`?"],
    ['check if user(1) trusting "ed25519/00";', 1, 27, "a key is written ed25519/… or secp256r1/… with hexadecimal digits, without quotes"],
  ] as const)("to %j at %i:%i is %j", (source, line, column, suggestion) => {
    const { position, suggestion: found } = first(source) ?? {};
    expect({ line: position?.line, column: position?.column, suggestion: found }).toEqual({ line, column, suggestion });
  }); // prettier-ignore

  it("to a policy in a token names what tokens have", () => {
    expect(checkSource("user(1);\n allow if true;", "block")).toMatchObject([
      {
        position: { line: 2, column: 2 },
        suggestion: "a token restricts with `check if` or `reject if`",
      },
    ]);
  });

  it("stands in the message, between the place and the line with the caret", () => {
    expect(errorOf(() => parseProgram(Source.of("user(1);\nchek if user(1);")))?.message).toBe(
      'expected a fact or a rule or a check or a policy, found "c" at line 2, column 1; did you mean `check if`?\nchek if user(1);\n^',
    );
  });

  it("counts columns in code points", () => {
    expect(first('check if a("𝄞𝄞") trustin previous;')?.position).toEqual({
      offset: 19,
      line: 1,
      column: 18,
    });
  });
});

describe("errors of a source", () => {
  it("are all told at once, each with the place where it begins and ends", () => {
    const source = `user(alice);
check if time($t), $t < $now;
user(1)
right("a);
group("x");
allow if user('a');
alow if true`;
    expect(
      checkSource(source).map(({ position, end, suggestion }) => [
        `${position.line}:${position.column}-${end.line}:${end.column}`,
        suggestion?.slice(0, 20),
      ]),
    ).toEqual([
      ["1:6-1:11", "a string stands in q"],
      ["2:25-2:29", "add a predicate to t"],
      ["4:1-4:6", "a semicolon is missi"],
      ["5:8-5:9", "the string that begi"],
      ["6:15-6:16", "strings stand in dou"],
      ["7:1-7:5", "did you mean `allow "],
    ]);
  });

  it("are carried by the error that is thrown, which tells of the first", () => {
    const error = errorOf(() => parseBlock(Source.of("user(a); user(b);")));
    expect(error?.diagnostics.map(({ position }) => position.offset)).toEqual([5, 14]);
    expect(error?.position?.offset).toBe(5);
    expect(error?.suggestion).toBe(error?.diagnostics[0]?.suggestion);
  });

  it("are none where the source can be read, and one where it is too long", () => {
    expect(checkSource("user(1);", "block")).toEqual([]);
    expect(checkSource(" ".repeat(300_000))).toMatchObject([{ code: "too-large" }]);
  });

  it("are no more than anybody reads, and found quickly in long sources", () => {
    const found = checkSource("user(x);\n".repeat(20_000));
    expect(found.length).toBe(20);
  });

  it("of hostile source are looked for in one walk over it, not one for each place", () => {
    for (const piece of ["a(1) /*", 'a(1) "\\', "\n", "a b ", 'a("\n', "((", "a(1) 'x' "]) {
      const source = `${piece.repeat(Math.floor(200_000 / piece.length))} a(1) b`;
      expect(checkSource(source).length).toBeGreaterThan(0);
    }
  });

  it("are the same for the broken statement wherever it stands between good ones", () => {
    const broken = fc.constantFrom(
      "user(alice)",
      "chek if true",
      "check if a(1",
      "head($x) :- b($x)",
      "a('b')",
    );
    const good = fc.constantFrom(
      "a(1)",
      'check if b("x;y")',
      "allow if true // ;\n",
      "r($x) <- a($x)",
    );
    fc.assert(
      fc.property(fc.array(good), broken, fc.array(good), (before, middle, after) => {
        const source = [...before, middle, ...after].map((statement) => `${statement};\n`).join("");
        const [alone] = checkSource(`${middle};\n`);
        const found = checkSource(source);
        expect(found.map(({ message, suggestion }) => [message, suggestion])).toContainEqual([
          alone?.message,
          alone?.suggestion?.replace(
            "line 1",
            `line ${source.slice(0, source.indexOf(middle)).split("\n").length}`,
          ),
        ]);
        expect(found.length).toBe(1);
      }),
      { numRuns: 150, seed: 20_261_125 },
    );
  });

  it("come with positions within the source, whatever it is, and never end in another error", () => {
    const piece = fc.constantFrom(
      "user", "(", ")", "[", "{", "}", '"', "\\", "$x", "$", ",", ";", "1", "1.5", "!", ".any(", ".lenght(", "->", "=>",
      "check if ", "chek if ", "allow ", "deny if ", "<-", ":-", "==", "=", "hex:", "trusting ", "trusts ", "é", "\ud800",
      "/*", "*/", "//", "\n", " ", "'", "2030-01-01", "${", "{a}", "and ", "or ", "not ", "&&", "||", "𝄞", "\ufffc", "\0",
    ); // prettier-ignore
    const { counterexample } = fc.check(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, isBlock) => {
        const source = pieces.join("");
        const found = checkSource(source, isBlock ? "block" : "policy");
        return found.every(
          ({ position, end, message }) =>
            position.offset <= end.offset && end.offset <= source.length && message.length > 0,
        );
      }),
      { numRuns: 500, seed: 20_261_125 },
    );
    expect(counterexample).toBeNull();
  });
});
