/** Every printable character but the quote and the backslash. */
const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCodePoint(32 + i))
  .join("")
  .replaceAll(/["\\]/g, "");

const numbers = (count: number): string => Array.from({ length: count }, (_, i) => i).join(", ");

/** One expression for each of ten thousand pairs of facts. */
const often = (expression: string): string =>
  `${Array.from({ length: 100 }, (_, i) => `n(${i});`).join("")} allow if n($a), n($b), ${expression};`;

const LONG = "y".repeat(5000);

/** Inputs whose cost grows faster than their size, unless something stops it. All but the last must end in a limit. */
export const POLICY_BOMBS: readonly string[] = [
  // Joins without a shared variable: the product of the facts.
  `${Array.from({ length: 200 }, (_, i) => `p(${i});`).join("")} allow if p($a), p($b), p($c), p($d), $a + $b + $c + $d == -1;`,
  // Rules that multiply facts.
  `${Array.from({ length: 30 }, (_, i) => `e(${i}, ${i + 1});`).join("")} e($x, $z) <- e($x, $y), e($y, $z); q($a, $b, $c) <- e($a, $b), e($b, $c), e($c, $a); allow if true;`,
  `a(0); ${Array.from({ length: 12 }, (_, i) => `a(${i + 1});`).join("")} b($x, $y, $z, $u) <- a($x), a($y), a($z), a($u); allow if b($x, $y, $z, $u), b($u, $z, $y, $x);`,
  // Patterns that a backtracking machine never finishes.
  `allow if "${"a".repeat(5000)}".matches("(a+)+$b");`,
  `allow if "${"a".repeat(5000)}".matches("(a?){1000}a{1000}b");`,
  `allow if "${"a".repeat(200)}".matches("((a{1,100}){1,100}){1,100}");`,
  `allow if "${"é".repeat(3000)}".matches("(?i)(\\\\w|\\\\p{L}|[^a-z&&\\\\W])*x");`,
  `allow if "${ASCII.repeat(10)}".matches("(?i)(${Array.from({ length: 150 }, (_, i) => `[\\\\p{Lu}${String.fromCodePoint(0x4e00 + i)}]`).join("|")})*");`,
  // Closures within closures.
  `allow if [${"1, ".repeat(60)}1].all($a -> [${"1, ".repeat(60)}1].all($b -> [${"1, ".repeat(60)}1].all($c -> [${"1, ".repeat(60)}1].all($d -> $a + $b + $c + $d > 0))));`,
  // Text that doubles.
  `s("${"x".repeat(1000)}"); allow if s($a), ${Array.from({ length: 12 }, () => "($a + $a + $a + $a)").join(" + ")} == "";`,
  // Errors that are caught again and again.
  often("(1 / 0 == 1).try_or(false)"),
  often('("a" + $a == "").try_or(false)'),
  often(`${"(".repeat(12)}1 / 0 == 1${" && true)".repeat(12)}.try_or(false)`),
  // A closure that ends at the first of many entries.
  often(`{${Array.from({ length: 1200 }, (_, i) => `${i}: 1`).join(", ")}}.all($p -> false)`),
  // Much to compare that differs at its end only.
  often(`["${LONG}y"] == ["${LONG}z"]`),
  often(`["${LONG}y"].contains("${LONG}z")`),
  often(`["${LONG}y"].starts_with(["${LONG}z"])`),
  often(`[[${numbers(1200)}, 1]] == [[${numbers(1200)}, 2]]`),
  `t(["${LONG}y"]); u(["${LONG}z"]); ${often("t($x), u($x)")}`,
  often(`"${LONG}".length() == 1`),
  `${Array.from({ length: 100 }, (_, i) => `n(${i});`).join("")} check all n($a), n($b), n($c), $a >= 0; allow if true;`,
  // Sets and maps compared with sets and maps.
  `g({${Array.from({ length: 500 }, (_, i) => i).join(", ")}}); ${Array.from({ length: 200 }, (_, i) => `n(${i});`).join("")} allow if g($s), n($a), n($b), $s.union($s).intersection($s) == {-1};`,
];

const repeat = (text: string, length: number): string =>
  text.repeat(Math.floor(length / text.length));

/** Sources as long as they may be, of each kind of statement. */
export const sourceBombs = (length: number): readonly string[] => [
  repeat("a(1);", length),
  repeat('a("b");', length),
  repeat("check if a(1);", length),
  repeat("a($x)<-b($x);", length),
  `a([${repeat("1,", length - 10)}1]);`,
  `a({${repeat("1,", length - 10)}1});`,
  `a({${Array.from({ length: length / 8 }, (_, i) => i * 7).join(",")}});`,
  `check if ${repeat("1+", length - 20)}1==1;`,
  `check if ${repeat("a($x) or ", length - 20)}true;`,
  `check if true trusting ${repeat("authority,", length - 40)}authority;`,
  `a("${repeat("\\n", length - 10)}");`,
  `a("${repeat("x", length - 10)}");`,
  repeat("(", length),
  repeat("[", length),
  repeat("!", length),
  repeat(" ", length),
  repeat("\n", length),
  repeat("/**/", length),
  repeat("//\n", length),
  repeat("\u{1d11e}", length),
  // Errors one after the other, each after much that has to be looked through.
  repeat(`${"(".repeat(400)};`, length),
  repeat(`a(${"[1,".repeat(1000)};`, length),
  repeat(`a(${'"b",'.repeat(600)} or;\n`, length),
  repeat(`check if ${"$x < 1, ".repeat(100)};`, length),
  `a(\u{1d11e}${repeat("\u{1d11e}", length - 10)}`,
  `check if ${repeat("true.", length - 20)}`,
  repeat("t(2020-01-01T00:00:00Z);", length),
  `a(${repeat("9", length - 10)});`,
  `a(hex:${repeat("ab", length - 10)});`,
];
