import { z } from "zod";

/**
 * The closed set of errors of the platform's HTTP APIs: code → status and title.
 * A code is stable; its title never carries details. Details are in `detail` (text) and `errors` (per field).
 */
export const PROBLEMS = {
  unauthenticated: [401, "A valid token is needed"],
  forbidden: [403, "The token does not allow this"],
  "not-found": [404, "No such resource"],
  "invalid-request": [400, "The request is not valid"],
  "name-taken": [409, "The name is taken"],
  conflict: [409, "The request conflicts with the current state"],
  "deployment-in-progress": [409, "Another deployment is in progress"],
  "idempotency-mismatch": [422, "The idempotency key was used for another request"],
  "invalid-manifest": [422, "The manifest is not valid"],
  "no-application": [422, "No application was found in the source"],
  "unsafe-archive": [422, "The archive has an unsafe entry"],
  "build-failed": [422, "The build failed"],
  "not-deployed": [409, "Nothing is deployed here"],
  "too-large": [413, "The upload is too large"],
  "too-many-requests": [429, "Too many requests"],
  "disk-full": [507, "The disk is full"],
  "node-unavailable": [503, "No node can do this now"],
  unavailable: [503, "The platform is not ready"],
  internal: [500, "Something failed inside the platform"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

const isProblemCode = (text: string): text is ProblemCode => Object.hasOwn(PROBLEMS, text);

/** RFC 9457 problem details, as every error answer of the API has them (`application/problem+json`). */
export const Problem = z.object({
  /** `https://bastide.dev/problems/<code>`: an identifier, not fetched by anything. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** The fact, the value, the limit, and what to do next. */
  detail: z.string(),
  code: z.enum(Object.keys(PROBLEMS).filter(isProblemCode)),
  /** The request's id, to be found in the logs. */
  instance: z.string().optional(),
  /** Which fields were wrong, and why. */
  errors: z
    .array(
      z.object({
        path: z.string(),
        message: z.string(),
        /** Where in a text, from 1. */
        line: z.number().int().optional(),
        column: z.number().int().optional(),
        /** The line of the text, and a caret below the place. */
        excerpt: z.string().optional(),
      }),
    )
    .optional(),
  /** Why the policy refused, for callers entitled to know. */
  why: z.array(z.string()).optional(),
});
export type Problem = z.infer<typeof Problem>;

export function problem(
  code: ProblemCode,
  detail: string,
  more: Pick<Problem, "instance" | "errors" | "why"> = {},
): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: `https://bastide.dev/problems/${code}`, title, status, detail, code, ...more };
}
