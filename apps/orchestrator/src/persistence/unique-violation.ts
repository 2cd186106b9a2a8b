import { QueryFailedError } from "typeorm";

/** PostgreSQL's SQLSTATE `unique_violation`, of the constraint named, or of any. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  if (!(cause instanceof Error) || !("code" in cause) || cause.code !== "23505") return false;
  return constraint === undefined || ("constraint" in cause && cause.constraint === constraint);
}
