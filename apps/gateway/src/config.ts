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
  /** For what a worker or a program that was replaced still has to do: answers, WebSockets. Then it is cut. */
  BASTIDE_DRAIN_MS: milliseconds.default(300_000),
  /** Processes that answer requests; default: one for each core but one, eight at most. */
  BASTIDE_WORKERS: z.coerce.number().int().min(1).max(64).optional(),
  /** Share of the requests without a trace of their own that the access log shows; errors are always shown. */
  BASTIDE_LOG_SAMPLE: z.coerce.number().min(0).max(1).default(1),
  /** Lines of the access log, per worker, and five times as many for errors. */
  BASTIDE_LOG_LINES_PER_SECOND: z.coerce.number().int().min(1).max(10_000).default(20),
  /** Who sees figures of single routes: those who may use the control socket, or anybody on this machine by HTTP too. */
  BASTIDE_METRICS_ROUTES: z.enum(["socket", "http"]).default("socket"),
  /** Clients connected at once, per address and worker; default: as many as the limit of open files allows, 10,000 at most. */
  BASTIDE_MAX_CONNECTIONS: count.optional(),
});

export type Config = z.output<typeof Environment>;

/** What a gateway without a control plane reads. */
const Alone = Environment.omit({
  BASTIDE_CONTROL_URL: true,
  BASTIDE_GATEWAY: true,
  BASTIDE_TOKEN_FILE: true,
  BASTIDE_STATE_DIR: true,
}).extend({ BASTIDE_STATE_DIR: z.string().startsWith("/").optional() });

export type AloneConfig = z.output<typeof Alone>;

type Variables = Readonly<Record<string, string | undefined>>;

/** The environment is not as it must be; the message names every variable that is wrong, and no value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the configuration; an empty variable counts as absent. Throws ConfigError with all problems at once. */
export const readConfig = (environment: Variables): Config => read(Environment, environment);

/** The same for a gateway that follows a file. */
export const readAloneConfig = (environment: Variables): AloneConfig => read(Alone, environment);

function read<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Variables,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return Object.hasOwn(given, name) ? `${name}: ${message}` : `${name} is not set`;
  });
  throw new ConfigError(`the gateway's environment is not complete: ${problems.join("; ")}`);
}
