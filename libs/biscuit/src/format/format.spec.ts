import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { format } from "./format.ts";
import { checkFormatter, formatFault } from "./format-property.fixture.ts";

describe("the formatter", () => {
  it.each([
    ["", ""],
    ["user( 1,2 )", "user(1, 2);\n"],
    ["a(1);b(2);", "a(1);\nb(2);\n"],
    ["a(1);\n\n\n\nb(2);", "a(1);\n\nb(2);\n"],
    ["CHECK   IF a($x)OR b($x)", "check if a($x) or b($x);\n"],
    ["check if a($x),$x<-1,!$x.contains( 1 )", "check if a($x), $x < -1, !$x.contains(1);\n"],
    ["check if a($x),$x -1==2,1-1==0", "check if a($x), $x - 1 == 2, 1 - 1 == 0;\n"],
    ["check if(1==1)or(2==2)", "check if (1 == 1) or (2 == 2);\n"],
    ["check if or(1),check(2),trusting(3)", "check if or(1), check(2), trusting(3);\n"],
    ["r( $x )<-a($x),[1,2].any($p->$p==$x)trusting authority,previous", "r($x) <- a($x), [1, 2].any($p -> $p == $x) trusting authority, previous;\n"],
    ["trusting previous;a({ 2,1 },{,},{},{1 :2},[ ])", "trusting previous;\na({2, 1}, {,}, {}, {1: 2}, []);\n"],
    ["a(2020-01-01T00:00:00+01:00,hex:00FF,-5,null)", "a(2020-01-01T00:00:00+01:00, hex:00FF, -5, null);\n"],
    ["a(1) // why\n;b(2);/* c */ c(3);", "a(1); // why\nb(2); /* c */\nc(3);\n"],
    ["// head\n\n// more\na(1); // tail\n// end", "// head\n\n// more\na(1); // tail\n// end\n"],
    ["check if // first\na($x), // second\n// third\n$x==1;", "check if // first\n  a($x), // second\n  // third\n  $x == 1;\n"],
    ["check if a(1), /* in */ b(2);", "check if a(1), /* in */ b(2);\n"],
    ["head()<-a($0)", "head() <- a($0);\n"],
    ["check if hex:(1), hex:0a == hex:0a", "check if hex:(1), hex:0a == hex:0a;\n"],
  ])("makes of %j %j", (source, wanted) => {
    expect(format(source)).toBe(wanted);
    expect(formatFault(source, 100)).toBeUndefined();
  }); // prettier-ignore

  it("writes a long statement with one element a line", () => {
    const source =
      'can($u, $app) <- user($u), owner($u, $app), $app != "shop" trusting authority, previous; allow if can($u, $app), asked($app), $u.length() > 3 or admin(true) trusting authority;';
    expect(format(source, { width: 60 })).toBe(`can($u, $app) <-
  user($u),
  owner($u, $app),
  $app != "shop"
  trusting authority, previous;
allow if
  can($u, $app),
  asked($app),
  $u.length() > 3
or
  admin(true)
  trusting authority;
`);
  });

  it("leaves alone what it cannot read, and says why", () => {
    expect(codeOf(() => format("user(1"))).toBe("syntax");
  });

  it(
    "keeps meaning and comments, and changes nothing the second time",
    { timeout: 120_000 },
    () => {
      expect(() => checkFormatter(200, 20_261_125)).not.toThrow();
    },
  );
});
