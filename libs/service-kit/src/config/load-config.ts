import type { z } from "zod";

/** The environment variables are not as the schema says: one line per problem, without any value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s): ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/**
 * Reads the configuration from environment variables; every problem is reported at once.
 * Variables that the schema does not name are ignored, and an empty one counts as absent. Throws ConfigError.
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = issue.path.map(String).join(".");
      return Object.hasOwn(given, name)
        ? `${name}: ${issue.message}`
        : `${name} is not set: ${issue.message}`;
    }),
  );
}
