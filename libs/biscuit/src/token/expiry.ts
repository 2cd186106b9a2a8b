import { type Check, type Expression, type Query, Variable } from "../datalog/ast.ts";
import type { Biscuit, UnverifiedBiscuit } from "./biscuit.ts";
import { DateValue } from "../values/value.ts";

/** JavaScript's dates end here; a later one ends nothing that anybody lives to see. */
const LAST_SECONDS = 8_640_000_000_000n;

/**
 * The earliest expiry that any block sets, for display and for telling "expired" from "not allowed". Expiries are checks
 * of one form, `check if time($t), $t < <date>` (or `<=`, or `check all`), which is how this library and the usual tools
 * write them. Others are enforced all the same, but not known here.
 */
export function expiryOf(token: Biscuit | UnverifiedBiscuit): Date | undefined {
  const seconds = token.data.blocks
    .flatMap(({ content }) => content.checks)
    .map(expirySecondsOf)
    .filter((one) => one !== undefined)
    .reduce<bigint | undefined>(
      (least, one) => (least === undefined || one < least ? one : least),
      undefined,
    );
  if (seconds === undefined || seconds > LAST_SECONDS) return undefined;
  return new Date(Number(seconds) * 1000);
}

/** The first second at which the check fails, when it is an expiry. */
function expirySecondsOf({ kind, queries }: Check): bigint | undefined {
  const [query] = queries;
  if (kind === "reject" || query === undefined || queries.length > 1) return undefined;
  const [time] = timeOf(query);
  const [expression] = query.expressions;
  if (time === undefined || expression === undefined || query.expressions.length > 1)
    return undefined;
  return boundOf(expression, time.name);
}

/** The variable of a body that is `time($variable)` and nothing else. */
function timeOf({ body }: Query): Variable[] {
  return body.length === 1 && body[0]?.name === "time"
    ? body[0].terms.filter((term) => term instanceof Variable)
    : [];
}

function boundOf(expression: Expression, variable: string): bigint | undefined {
  if (expression.kind !== "binary") return undefined;
  const { operator, left, right } = expression;
  const date = right.kind === "term" && right.term instanceof DateValue ? right.term : undefined;
  const isTime =
    left.kind === "term" && left.term instanceof Variable && left.term.name === variable;
  if (date === undefined || !isTime) return undefined;
  if (operator === "<") return BigInt(date.seconds);
  return operator === "<=" ? BigInt(date.seconds) + 1n : undefined;
}
