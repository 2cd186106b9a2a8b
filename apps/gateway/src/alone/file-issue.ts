import { issueMessage } from "@bastide/contracts";
import type { z } from "zod";
import type { FileProblem } from "./file-problem.ts";
import { knownKeys, nearest } from "./known-words.ts";
import type { YamlPlaces } from "./yaml-places.ts";

type Issue = z.core.$ZodIssue;

/** What the schema says against the file, in words that name the key, its place and the nearest right one. */
export function problemsOf(issue: Issue, places: YamlPlaces): FileProblem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      ...places.of([...path, key], true),
      message: unknownKey(key, path),
    }));
  if (issue.code === "invalid_union") return unionProblems(issue, places);
  const isKey = issue.code === "invalid_key";
  return [{ ...places.of(path, isKey), message: `${shown(path)}: ${reasonOf(issue)}` }];
}

/** Of the kinds that a value may be of, the one that it comes closest to says what is wrong. */
function unionProblems(
  issue: Extract<Issue, { code: "invalid_union" }>,
  places: YamlPlaces,
): FileProblem[] {
  const [closest] = issue.errors.toSorted((a, b) => farOff(a) - farOff(b));
  if (!closest || closest.length === 0)
    return [{ ...places.of(issue.path), message: `${shown(issue.path)}: ${issue.message}` }];
  return closest.flatMap((inner) =>
    problemsOf({ ...inner, path: [...issue.path, ...inner.path] }, places),
  );
}

/** A value of another type altogether is farther off than one with something wrong in it. */
const farOff = (issues: readonly Issue[]): number =>
  issues.some(({ code, path }) => code === "invalid_type" && path.length === 0)
    ? 1_000
    : issues.length;

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const known = knownKeys(path);
  const meant = nearest(key, known);
  const where = path.length === 0 ? "" : ` in ${shown(path)}`;
  const fix =
    meant === undefined ? `known keys are ${known.join(", ")}` : `did you mean "${meant}"?`;
  return `unknown key "${key.slice(0, 64)}"${where}; ${fix}`;
}

function reasonOf(issue: Issue): string {
  if (issue.code !== "invalid_type") return issueMessage(issue);
  if (issue.input === undefined) return "is missing";
  const isPlain = ["number", "boolean"].includes(typeof issue.input);
  const hint = issue.expected === "string" && isPlain ? '; write it in quotes ("…")' : "";
  return `expected ${TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`}, got ${kindOf(issue.input)}${hint}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  record: "a mapping",
  object: "a mapping",
  array: "a list",
  int: "a whole number",
};

function kindOf(input: unknown): string {
  if (input === null) return "nothing";
  if (Array.isArray(input)) return "a list";
  return typeof input === "object"
    ? "a mapping"
    : `the ${typeof input} ${JSON.stringify(input).slice(0, 80)}`;
}

/** `routes[2].settings.limits` */
function shown(path: readonly PropertyKey[]): string {
  const text = path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("");
  return text.replace(/^\./, "") || "the file";
}
