import type { z } from "zod";

/** What is wrong, for people: a bad key of a record says only that it is bad, and why is one level below. */
export function issueMessage(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_key") return issue.message;
  return issue.issues.map(({ message }) => message).join("; ") || issue.message;
}
