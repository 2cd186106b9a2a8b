import { isOperation, OPERATIONS } from "@bastide/contracts";
import { Failure } from "../command-line/failure.ts";
import { nearest } from "../command-line/nearest.ts";

/** What a narrower token may still do; each list allows any of its values, and an empty one allows all. */
export interface Narrowing {
  readonly operation: readonly string[];
  readonly org: readonly string[];
  readonly project: readonly string[];
  readonly app: readonly string[];
  readonly env: readonly string[];
  readonly path: readonly string[];
  /** Milliseconds. */
  readonly ttlMs: number | undefined;
}

/** The ambient fact that each list is checked against, see the vocabulary in libs/contracts. */
const FACTS = [
  ["operation", "operation"],
  ["org", "resource_org"],
  ["project", "resource_project"],
  ["app", "app"],
  ["env", "environment"],
] as const satisfies readonly (readonly [keyof Narrowing, string])[];

/** The checks of the new block, as Datalog. Empty when there is nothing to narrow. Throws Failure `usage` when a name is unknown. */
export function attenuationSource(narrowing: Narrowing, now: Date): string {
  for (const name of narrowing.operation) checkOperation(name);
  const lists = FACTS.map(([option, fact]) => ({ fact, values: narrowing[option] }));
  const checks = [
    ...lists
      .filter(({ values }) => values.length > 0)
      .map(
        ({ fact, values }) =>
          `check if ${values.map((value) => `${fact}(${quoted(value)})`).join(" or ")};`,
      ),
    ...pathChecks(narrowing.path),
    ...expirySource(narrowing.ttlMs, now),
  ];
  return checks.join("\n");
}

function checkOperation(name: string): void {
  if (isOperation(name)) return;
  const meant = nearest(name, Object.keys(OPERATIONS));
  throw new Failure(
    "usage",
    `there is no operation "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    {
      fix: `one of: ${Object.keys(OPERATIONS).join(", ")}`,
    },
  );
}

/** The path itself and what is below it. */
function pathChecks(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const alternatives = paths.map((path) => {
    if (!path.startsWith("/"))
      throw new Failure("usage", `--path is "${path}", but must begin with /`);
    const below = path.endsWith("/") ? path : `${path}/`;
    return `path($path), $path == ${quoted(path)} || $path.starts_with(${quoted(below)})`;
  });
  return [`check if ${alternatives.join(" or ")};`];
}

/** The check that ends a token after a while; none without a time. */
export function expirySource(ttlMs: number | undefined, now: Date): string[] {
  if (ttlMs === undefined) return [];
  const until = new Date(Math.floor((now.getTime() + ttlMs) / 1000) * 1000);
  return [`check if time($time), $time < ${until.toISOString().replace(".000Z", "Z")};`];
}

/** A Datalog string (Biscuit specification, grammar): a name with quotes in it is escaped and stays one string. */
const quoted = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const LONGEST_MS = 366 * 86_400_000;

/** `90`, `90s`, `10m`, `8h`, `7d` → milliseconds. */
export function parseTtl(text: string): number {
  const [, count, unit = "s"] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new Failure("usage", `--ttl is "${text}", but must be between 1s and 366d`, {
    fix: "for instance: --ttl 10m",
  });
}
