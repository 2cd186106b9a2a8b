import { Manifest } from "@bastide/contracts";
import { isAlias, LineCounter, parseDocument, visit, type Document } from "yaml";
import { describeIssue } from "./describe-issue.ts";
import { lineAt } from "./line-at.ts";
import { ManifestError, type ManifestProblem } from "./manifest-error.ts";

/** The names that a manifest may have, in the order they are looked for. */
export const MANIFEST_FILES = ["bastide.yaml", "bastide.yml"] as const;

const MAX_BYTES = 64 * 1024;
/** Deeper nesting than the manifest has; it also bounds the parser's recursion. */
const MAX_NESTING = 32;
const MAX_PROBLEMS = 20;

/**
 * Reads a manifest: YAML 1.2 of one document, without anchors and aliases, at most 64 KiB. An empty one is valid.
 * Throws ManifestError with all problems: syntax errors, or else every wrong value, and for each unknown key the
 * nearest known one.
 */
export function readManifest(text: string, fileName: string): Manifest {
  const lines = new LineCounter();
  refuseOversized(text, fileName);
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", logLevel: "error" });
  refuseSyntax(document, lines, fileName);
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  const checked = Manifest.safeParse(value, { reportInput: true });
  if (checked.success) return checked.data;
  const problems = checked.error.issues.flatMap((issue) => describeIssue(issue, document, lines));
  const inOrder = problems.toSorted((left, right) => (left.line ?? 0) - (right.line ?? 0));
  throw new ManifestError(fileName, inOrder.slice(0, MAX_PROBLEMS));
}

function refuseOversized(text: string, fileName: string): void {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MAX_BYTES)
    throw new ManifestError(fileName, [
      { path: "", message: `the file has ${sizeBytes} bytes; the limit is ${MAX_BYTES}` },
    ]);
  if (nesting(text) > MAX_NESTING)
    throw new ManifestError(fileName, [
      { path: "", message: `the file is nested deeper than the limit of ${MAX_NESTING}` },
    ]);
}

/** At least as deep as the parser will go: brackets, and what indentation and `- - -` can nest. */
function nesting(text: string): number {
  let open = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "[" || character === "{") open += 1;
    if (character === "]" || character === "}") open = Math.max(0, open - 1);
    deepest = Math.max(deepest, open);
  }
  const compact = Math.max(
    0,
    ...[...text.matchAll(/(?:[-?] +){2,}/g)].map(([run]) => run.split(/ +/).length),
  );
  const indented = Math.max(0, ...[...text.matchAll(/^ +/gm)].map(([run]) => run.length / 2));
  return Math.max(deepest, compact, indented > 4 * MAX_NESTING ? indented : 0);
}

function refuseSyntax(document: Document.Parsed, lines: LineCounter, fileName: string): void {
  const problems: ManifestProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    path: "",
    message: error.message
      .split("\n", 1)
      .join("")
      .replace(/ at line \d+, column \d+:?$/, ""),
    line: lineAt(error.pos[0], lines),
  }));
  visit(document, {
    Node(_key, node) {
      if (isAlias(node) || node.anchor !== undefined)
        problems.push({
          path: "",
          message: "anchors and aliases are not allowed; write the value out",
          line: lineAt(node.range?.[0], lines),
        });
    },
  });
  if (problems.length > 0) throw new ManifestError(fileName, problems.slice(0, MAX_PROBLEMS));
}
