import type { RouteConditions } from "@bastide/contracts";

/** What of a request its route may depend on, besides host and path. */
export interface Asked {
  readonly method: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

type HeaderCondition = NonNullable<RouteConditions["headers"]>[number];

export function matches(conditions: RouteConditions | undefined, asked: Asked): boolean {
  return (
    conditions === undefined ||
    (isMethod(conditions, asked.method) && hasHeaders(conditions, asked.headers))
  );
}

/** Whether only the method is wrong: then the client is told which ones are right (RFC 9110 §15.5.6). */
export function failsByMethodOnly(conditions: RouteConditions, asked: Asked): boolean {
  return !isMethod(conditions, asked.method) && hasHeaders(conditions, asked.headers);
}

/** More conditions are more specific; among as many, methods before headers, and a header's value before any value. */
export function rankOf({ methods, headers = [] }: RouteConditions = {}): number {
  const count = headers.length + (methods ? 1 : 0);
  const values = headers.filter(({ value }) => value !== undefined).length;
  return count * 10_000 + (methods ? 100 : 0) + values;
}

/** Whether some request would fit both, and neither is the more specific one. */
export function areRivals(a: RouteConditions | undefined, b: RouteConditions | undefined): boolean {
  return rankOf(a) === rankOf(b) && !excludeByMethod(a, b) && !excludeByHeader(a, b);
}

const isMethod = ({ methods }: RouteConditions, method: string): boolean =>
  methods === undefined || methods.includes(method);

const hasHeaders = ({ headers }: RouteConditions, present: Asked["headers"]): boolean =>
  headers === undefined || headers.every((wanted) => hasHeader(wanted, present[wanted.name]));

function hasHeader({ value }: HeaderCondition, present: Asked["headers"][string]): boolean {
  if (present === undefined) return false;
  if (value === undefined) return true;
  return typeof present === "string" ? present === value : present.includes(value);
}

function excludeByMethod(a: RouteConditions = {}, b: RouteConditions = {}): boolean {
  return a.methods?.some((method) => b.methods?.includes(method) ?? true) === false;
}

function excludeByHeader(
  { headers: a = [] }: RouteConditions = {},
  b: RouteConditions = {},
): boolean {
  return a.some(({ name, value }) =>
    b.headers?.some(
      (other) =>
        other.name === name &&
        value !== undefined &&
        other.value !== undefined &&
        other.value !== value,
    ),
  );
}
