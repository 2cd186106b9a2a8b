import { z } from "zod";
import { StreamVersion } from "../config-stream.ts";
import { Timestamp } from "../identifiers.ts";
import { Route, Upstream } from "./routes.ts";

/** A request that nobody makes, to learn what would be done with it. */
export const GatewayQuestion = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]+$/)
    .max(20),
  url: z.url({ protocol: /^https?$/ }).max(8_192),
  /** The token that it would bring. It is judged and forgotten, and never shown. */
  token: z.string().max(16_384).optional(),
  /** The client's address; default: this machine's. */
  clientIp: z.union([z.ipv4(), z.ipv6()]).default("127.0.0.1"),
  /** By lower-case name, for routes that have conditions on them. */
  headers: z.record(z.string(), z.string()).default({}),
  /** PEM: what the client would present where it is asked for a certificate, itself first. */
  clientCertificate: z.string().startsWith("-----BEGIN CERTIFICATE-----").max(100_000).optional(),
});
export type GatewayQuestion = z.infer<typeof GatewayQuestion>;

/** What a gateway would do with a request, and why. */
export const GatewayExplanation = z.object({
  /** What the client would get: the app's answer, or a refusal of this status. */
  outcome: z.enum(["forwarded", "refused"]),
  status: z.number().int().optional(),
  detail: z.string().optional(),
  /** Why it is moved to HTTPS, or not let in over its connection. */
  because: z.string().optional(),
  /** How the connection would be made; absent for plain HTTP and where the gateway does not speak HTTPS. */
  tls: z
    .object({
      /** Name of the certificate that is shown; absent: there is none, and the handshake fails. */
      certificate: z.string().optional(),
      notAfter: Timestamp.optional(),
      asksForCertificate: z.boolean(),
      /** Who the client proves to be. */
      client: z.object({ subject: z.string(), fingerprint: z.string() }).optional(),
    })
    .optional(),
  /** Key of the route; absent where none was found. */
  route: z.string().optional(),
  owner: z.string().optional(),
  backends: z.array(
    z.object({
      instance: z.string(),
      address: z.string(),
      weight: z.number(),
      inFlight: z.number().int(),
      /** Refused its last connections. */
      aside: z.boolean(),
    }),
  ),
  authorization: z
    .object({
      policy: z.string(),
      /** How long ago the control plane was last heard of; absent: never. */
      silentSeconds: z.number().optional(),
      /** Whose token it is; absent without a valid one. */
      subject: z.string().optional(),
      /** Why the policy decided as it did, step by step. */
      why: z.string().optional(),
      /** Facts of the request that the decision depends on. */
      reads: z.array(z.string()).optional(),
    })
    .optional(),
});
export type GatewayExplanation = z.infer<typeof GatewayExplanation>;

/**
 * The control socket of a gateway: one request a line, JSON, and for each one line in answer. A UNIX socket that only
 * its owner and root may use, named `control.sock` in the gateway's state directory.
 */
export const GatewayRequest = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("status") }),
  z.strictObject({ command: z.literal("list"), what: z.enum(["routes", "upstreams", "workers"]) }),
  /** A route of this gateway's own, beside those of the control plane; kept over restarts. */
  z.strictObject({ command: z.literal("add"), route: Route }),
  z.strictObject({ command: z.literal("remove"), key: z.string().min(1).max(800) }),
  z.strictObject({ command: z.literal("metrics"), format: z.enum(["prometheus", "json"]) }),
  /** Gives an upstream no new request, or, without one, asks clients to go to another gateway. */
  z.strictObject({
    command: z.literal("drain"),
    /** An instance's id, or `host:port`. */
    upstream: z.string().min(1).max(300).optional(),
    undo: z.boolean().default(false),
    /** How long to wait for requests under way; 0 answers at once. */
    waitSeconds: z.number().min(0).max(3600).default(0),
  }),
  /** Answers, then sends each event as another line until the connection ends. */
  z.strictObject({ command: z.literal("events") }),
  z.strictObject({ command: z.literal("explain"), request: GatewayQuestion }),
  z.strictObject({ command: z.literal("replace-workers") }),
  z.strictObject({ command: z.literal("upgrade") }),
]);
export type GatewayRequest = z.infer<typeof GatewayRequest>;

export const GatewayAnswer = z.union([
  z.object({ ok: z.literal(true), result: z.json() }),
  z.object({
    ok: z.literal(false),
    /** `conflict`: the control plane, or another command under way, is in the way. */
    error: z.object({
      code: z.enum(["invalid-request", "conflict", "not-found", "failed"]),
      message: z.string(),
    }),
  }),
]);
export type GatewayAnswer = z.infer<typeof GatewayAnswer>;

export const GatewayWorker = z.object({
  number: z.number().int(),
  pid: z.number().int(),
  state: z.enum(["starting", "serving", "retiring"]),
  startedAt: z.string(),
  connections: z.number().int(),
  inFlight: z.number().int(),
});
export type GatewayWorker = z.infer<typeof GatewayWorker>;

export const GatewayStatus = z.object({
  /** Whose gateway it is; absent for one that runs alone, and from one of the version before. */
  node: z.string().optional(),
  pid: z.number().int(),
  /** Names the program that runs, by its content; another name on the disk means that an upgrade waits. */
  program: z.string(),
  programOnDisk: z.string(),
  startedAt: z.string(),
  controlConnected: z.boolean(),
  /** Version of the control plane's table in force; absent where there was none. */
  table: StreamVersion.optional(),
  routes: z.number().int(),
  hosts: z.number().int(),
  draining: z.boolean(),
  listeners: z.array(
    z.object({ kind: z.enum(["http", "https"]), host: z.string(), port: z.number().int() }),
  ),
  workers: z.array(GatewayWorker),
});
export type GatewayStatus = z.infer<typeof GatewayStatus>;

export const GatewayRoute = z.object({
  key: z.string(),
  /** local: added at this gateway; stream: the control plane's. */
  source: z.enum(["stream", "local"]),
  route: Route,
});
export type GatewayRoute = z.infer<typeof GatewayRoute>;

export const GatewayUpstream = Upstream.pick({ instance: true, host: true, port: true }).extend({
  routes: z.array(z.string()),
  /** Greatest weight in any route; 0 while it is drained. */
  weight: z.number().int(),
  inFlight: z.number().int(),
  /** Refused its last connections, at one worker at least. */
  aside: z.boolean(),
  drained: z.boolean(),
});
export type GatewayUpstream = z.infer<typeof GatewayUpstream>;

/** Answers by status class (1xx … 5xx) and by latency of one route, since the gateway's start. */
export const GatewayRouteMetrics = z.object({
  name: z.string(),
  classes: z.array(z.number()),
  buckets: z.array(z.number()),
  sumMs: z.number(),
});
export type GatewayRouteMetrics = z.infer<typeof GatewayRouteMetrics>;

export const GatewayMetrics = z.object({
  /** Upper bounds of all buckets but the last, in milliseconds. */
  boundsMs: z.array(z.number()),
  routes: z.array(GatewayRouteMetrics),
  counters: z.object({
    ends: z.record(z.string(), z.number()),
    classes: z.record(z.string(), z.number()),
    refusals: z.record(z.string(), z.number()),
    /** By `version,outcome`. */
    handshakes: z.record(z.string(), z.number()).optional(),
    clientCertificates: z.record(z.string(), z.number()).optional(),
    retries: z.number(),
    omittedLines: z.number(),
  }),
  gauges: z.record(z.string(), z.number()),
});
export type GatewayMetrics = z.infer<typeof GatewayMetrics>;

export const GatewayEvent = z.object({ time: z.string(), type: z.string() }).catchall(z.json());
export type GatewayEvent = z.infer<typeof GatewayEvent>;
