import { ERROR_CODES } from "../errors/codes.ts";
import type { Cursor } from "../syntax/cursor.ts";
import type { Expectation, ExpectedCheck } from "./test-file.ts";

const NUMBER = /\d{1,6}/y;
const CODE = /[a-z]+(?:-[a-z]+)*/y;

type Outcome = Expectation extends infer Each
  ? Each extends unknown
    ? Omit<Each, "source">
    : never
  : never;

/** What follows `expect`: `allow`, `allow 1`, `deny`, `refuse`, `no policy`, `check 0 of block 1, …`, `error code`. */
export function parseExpectation(cursor: Cursor): Expectation {
  cursor.skipBlank();
  const start = cursor.offset;
  const outcome = parseOutcome(cursor);
  return { ...outcome, source: cursor.source.text.slice(start, cursor.offset).trim() };
}

function parseOutcome(cursor: Cursor): Outcome {
  if (cursor.tryWord("allow")) return { kind: "allow", index: tryNumber(cursor) };
  if (cursor.tryWord("deny")) return { kind: "deny", index: tryNumber(cursor) };
  if (cursor.tryWord("refuse")) return { kind: "refuse" };
  if (cursor.tryKeywords(["no", "policy"])) return { kind: "no-policy" };
  if (cursor.tryWord("error")) return { kind: "error", code: errorCode(cursor) };
  if (cursor.tryWord("check")) return { kind: "checks", checks: parseChecks(cursor) };
  throw cursor.unexpected(
    ["allow", "deny", "refuse", "no policy", "check", "error"],
    "after expect",
  );
}

function tryNumber(cursor: Cursor): number | undefined {
  cursor.skipBlank();
  const digits = cursor.tryMatch(NUMBER)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

function parseNumber(cursor: Cursor): number {
  const number = tryNumber(cursor);
  if (number === undefined) throw cursor.unexpected(["a number from 0"]);
  return number;
}

function errorCode(cursor: Cursor): string {
  cursor.skipBlank();
  const at = cursor.offset;
  const code = cursor.tryMatch(CODE)?.[0] ?? "";
  if (ERROR_CODES.some((each) => each === code)) return code;
  throw cursor.error(`there is no error code ${JSON.stringify(code)}`, ERROR_CODES, "syntax", at);
}

/** After the first `check`: `0 of block 1, check 2 of authorizer`. */
function parseChecks(cursor: Cursor): ExpectedCheck[] {
  const checks = [parseCheck(cursor)];
  for (cursor.skipBlank(); cursor.tryText(","); cursor.skipBlank()) {
    cursor.skipBlank();
    if (!cursor.tryWord("check")) throw cursor.unexpected(["check"]);
    checks.push(parseCheck(cursor));
  }
  return checks;
}

function parseCheck(cursor: Cursor): ExpectedCheck {
  const index = parseNumber(cursor);
  cursor.skipBlank();
  if (!cursor.tryWord("of")) throw cursor.unexpected(["of"]);
  cursor.skipBlank();
  if (cursor.tryWord("authorizer")) return { origin: "authorizer", index };
  if (cursor.tryWord("authority")) return { origin: 0, index };
  if (cursor.tryWord("block")) return { origin: parseNumber(cursor), index };
  throw cursor.unexpected(["authorizer", "authority", "block"]);
}
