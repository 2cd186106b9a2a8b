import { issueMessage } from "@bastide/contracts";
import type { z } from "zod";
import { ProblemError } from "./problem-error.ts";

/** Most problems of one request that are named; the rest is counted. */
const MAX_ERRORS = 20;

/** Parses one part of a request. Throws `invalid-request` naming every field that is wrong, and no value. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: "path" | "query" | "body",
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const errors = issues.slice(0, MAX_ERRORS).map((issue) => ({
    path: [part, ...issue.path.map(String)].join("."),
    message: issueMessage(issue),
  }));
  const [first] = errors;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  throw new ProblemError(
    "invalid-request",
    `${first?.path ?? part}: ${first?.message ?? "is not valid"}${more}`,
    { errors },
  );
}
