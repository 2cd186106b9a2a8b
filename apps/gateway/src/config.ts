import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().min(1).max(3_600_000);
const count = z.coerce.number().int().min(1).max(1_000_000);

const addresses = z.string().transform((text) =>
  text
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== ""),
);

/** Every environment variable that the gateway reads. */
const Environment = z.object({
  /** Addresses to listen on, separated by commas. */
  BASTIDE_LISTEN: addresses
    .pipe(
      z
        .array(z.union([z.ipv4(), z.ipv6()], "is not a list of IP addresses"))
        .min(1)
        .max(32),
    )
    .default(["127.0.0.1"]),
  PORT: port,
  /** For HTTPS, on the same addresses. Absent: plain HTTP only. */
  BASTIDE_HTTPS_PORT: port.optional(),
  /** Where the control plane's API is. */
  BASTIDE_CONTROL_URL: z.url({ protocol: /^https?$/ }),
  /** The gateway's own name, as its token says it. */
  BASTIDE_GATEWAY: z.string().min(1).max(63),
  BASTIDE_TOKEN_FILE: z.string().startsWith("/").default("/run/bastide/token"),
  BASTIDE_STATE_DIR: z.string().startsWith("/").default("/data"),
  /** How long a request may wait for an upstream that takes connections. */
  BASTIDE_WAIT_MS: milliseconds.default(3_000),
  /** From the end of a request to the beginning of its answer. */
  BASTIDE_ANSWER_TIMEOUT_MS: milliseconds.default(120_000),
  /** Silence after which a client that owes us a body, or does not read its answer, is dropped. */
  BASTIDE_IDLE_TIMEOUT_MS: milliseconds.default(60_000),
  /** For a request's headers to arrive whole. */
  BASTIDE_HEADERS_TIMEOUT_MS: milliseconds.default(10_000),
  /** For requests in flight to finish after SIGTERM. */
  BASTIDE_SHUTDOWN_MS: milliseconds.default(10_000),
  /** Clients connected at once, per address; default: as many as the limit of open files allows, 10,000 at most. */
  BASTIDE_MAX_CONNECTIONS: count.optional(),
});

export type Config = z.output<typeof Environment>;

/** The environment is not as it must be; the message names every variable that is wrong, and no value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the configuration; an empty variable counts as absent. Throws ConfigError with all problems at once. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const parsed = Environment.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return Object.hasOwn(given, name) ? `${name}: ${message}` : `${name} is not set`;
  });
  throw new ConfigError(`the gateway's environment is not complete: ${problems.join("; ")}`);
}
