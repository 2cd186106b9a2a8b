/** How tight each infix operator binds, from the loosest. All but comparisons associate to the left. */
export const PRECEDENCE: ReadonlyMap<string, number> = new Map(
  [["||"], ["&&"], ["===", "!==", "==", "!=", "<=", ">=", "<", ">"], ["^"], ["|"], ["&"], ["+", "-"], ["*", "/"]]
    .flatMap((operators, level) => operators.map((operator): [string, number] => [operator, level])),
); // prettier-ignore

/** Comparisons do not chain: `1 < 2 < 3` needs parentheses. */
export const COMPARISON = 2;
/** What `!` negates: `!$a + $b` is `!($a + $b)`. */
export const SUM = 6;
