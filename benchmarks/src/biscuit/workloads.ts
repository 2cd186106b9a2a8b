/** Datalog of the comparisons. Both sides get the same text. */

const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)};`).join("\n");

/** A token as a platform makes it: an authority block, narrowed twice. */
export const TOKEN_BLOCKS: readonly string[] = [
  `user("alice"); role("acme", "developer"); right("/acme/shop", "read"); right("/acme/shop", "write");
   service("gateway"); check if time($t), $t < 2030-01-01T00:00:00Z;`,
  `check if operation($op), ["read", "list"].contains($op) || $op == "write";
   check if resource($r), $r.starts_with("/acme/");`,
  `check if time($t), $t < 2029-01-01T00:00:00Z; check if ip($ip), $ip.starts_with("10.");`,
];

/** Authorizer with six facts, three rules, three checks and two policies. */
export const POLICY = `time(2026-11-23T12:00:00Z); operation("read"); resource("/acme/shop");
ip("10.0.0.7"); tenant("acme"); env("production");
member($u, $o) <- user($u), role($o, $r);
can($u, $p, $op) <- user($u), right($p, $op);
allowed_here($u) <- member($u, $o), tenant($o);
check if user($u);
check if env("production") or env("staging");
check if operation($op), {"read", "write"}.contains($op);
allow if can($u, $r, $op), resource($r), operation($op), allowed_here($u);
deny if true;`;

/** Transitive closure over a chain of `length` edges: length × (length + 1) / 2 paths. */
export const closure = (length: number): string => `${many(length, (i) => `edge(${i}, ${i + 1})`)}
path($x, $y) <- edge($x, $y);
path($x, $z) <- path($x, $y), edge($y, $z);
allow if path(0, ${length});`;

/** Users in groups, groups with rights: which user may do what. */
export const rbac = (
  users: number,
  groups: number,
): string => `${many(users, (i) => `member("u${i}", "g${i % groups}")`)}
${many(groups, (i) => `grant("g${i}", "/r/${i}", "read")`)}
may($u, $p, $op) <- member($u, $g), grant($g, $p, $op);
allow if may("u${users - 1}", "/r/${(users - 1) % groups}", "read");`;

/** Two relations of `rows` facts with one partner each: by nested loops rows², by an index rows. */
export const join = (rows: number): string => `${many(rows, (i) => `left(${i}, ${i + 1000})`)}
${many(rows, (i) => `right(${i + 1000}, ${i})`)}
joined($x, $z) <- left($x, $y), right($y, $z);
allow if joined(${rows - 1}, ${rows - 1});`;
