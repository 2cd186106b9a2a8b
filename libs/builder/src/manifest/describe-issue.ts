import type { Document, LineCounter } from "yaml";
import type { z } from "zod";
import { knownKeys, knownValues } from "./known-keys.ts";
import { lineOf } from "./line-at.ts";
import type { ManifestProblem } from "./manifest-error.ts";
import { nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;

/** What is wrong, in words that name the key, the value and the fix. */
export function describeIssue(
  issue: Issue,
  document: Document.Parsed,
  lines: LineCounter,
): readonly ManifestProblem[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: dotted([...issue.path, key]),
      message: unknownKey(key, issue.path),
      line: lineOf([...issue.path, key], document, lines),
    }));
  const path = dotted(issue.path);
  const where = path === "" ? "the file" : `\`${path}\``;
  return [
    { path, message: `${where}: ${reason(issue)}`, line: lineOf(issue.path, document, lines) },
  ];
}

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join(".");

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const known = knownKeys(path);
  const meant = nearest(key, known);
  const where = path.length === 0 ? "" : ` in \`${dotted(path)}\``;
  const fix =
    meant === undefined ? `known keys are ${known.join(", ")}` : `did you mean \`${meant}\`?`;
  return `unknown key \`${key.slice(0, 64)}\`${where}; ${fix}`;
}

function reason(issue: Issue): string {
  if (issue.code === "invalid_type") return wrongType(issue);
  if (issue.code === "invalid_value") return wrongValue(issue.input, issue.values.map(String));
  if (issue.code === "invalid_union") return wrongValue(inputAt(issue), knownValues(issue.path));
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (issue.code === "too_big")
    return `${shownValue(issue.input)} is too large: the limit is ${issue.maximum}`;
  if (issue.code === "too_small")
    return `${shownValue(issue.input)} is too small: the limit is ${issue.minimum}`;
  return issue.message;
}

function wrongType(issue: Issue & { readonly code: "invalid_type" }): string {
  if (issue.input === undefined) return "is missing";
  return `expected ${typeName(issue.expected)}, got ${shownValue(issue.input)}${quoteHint(issue)}`;
}

function wrongValue(input: unknown, known: readonly string[]): string {
  const meant = typeof input === "string" ? nearest(input, known) : undefined;
  const hint = meant === undefined ? "" : `; did you mean \`${meant}\`?`;
  const expected = known.length === 0 ? "another kind of value" : known.join(" or ");
  return `expected ${expected}, got ${shownValue(input)}${hint}`;
}

/** A discriminated union names the key that decides and hands over the whole mapping. */
function inputAt({ input, path }: Issue): unknown {
  const key = String(path.at(-1));
  const entries = typeof input === "object" && input !== null ? Object.entries(input) : [];
  return Object.fromEntries(entries)[key];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  record: "a mapping",
  object: "a mapping",
  array: "a list",
  int: "a whole number",
};
const typeName = (expected: string): string => TYPE_NAMES[expected] ?? `a ${expected}`;

function shownValue(input: unknown): string {
  if (input === undefined) return "nothing";
  if (input === null) return "no value";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "a mapping";
  return `the ${typeof input} ${JSON.stringify(input).slice(0, 80)}`;
}

/** YAML reads 8080, true and 1.10 as what they look like. */
function quoteHint(issue: Issue & { readonly code: "invalid_type" }): string {
  const isPlain = typeof issue.input === "number" || typeof issue.input === "boolean";
  return issue.expected === "string" && isPlain ? '; write it in quotes ("…")' : "";
}
