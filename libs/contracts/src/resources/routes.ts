import { z } from "zod";
import { Id } from "../identifiers.ts";

export const Upstream = z.strictObject({
  instance: Id,
  host: z.string(),
  port: z.number().int().min(1).max(65_535),
  /** Share of the route's requests, relative to the other upstreams'; 0 gets none. */
  weight: z.number().int().min(0).max(10_000),
});
export type Upstream = z.infer<typeof Upstream>;

/** A field name as HTTP has it (RFC 9110 §5.1), in lower case. */
const FieldName = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/)
  .max(100);
/** A field value without controls (RFC 9110 §5.5). */
const FieldValue = z
  .string()
  // oxlint-disable-next-line no-control-regex -- controls are what it keeps out
  .regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/)
  .max(4000);
const Method = z
  .string()
  .regex(/^[A-Z]+$/)
  .max(20);

/**
 * Who may use a route. `biscuit`: callers whose token the policy allows. Datalog of the policy is compiled once; its
 * facts are the request's (see the vocabulary) and its owner's (`resource_org`, `resource_project`, `app`, `environment`).
 */
export const RouteAuthorization = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("public") }),
  z.strictObject({
    kind: z.literal("biscuit"),
    policy: z.string().min(1).max(16_384),
    /**
     * What the app learns of the caller. token: the caller's token, narrowed to this app and request; headers: identity
     * headers that the gateway signs; caller: the caller's own token as it came; none: nothing.
     */
    identity: z.enum(["token", "headers", "caller", "none"]).default("token"),
    /** How long after the control plane was last heard of tokens are still trusted; then the route is closed. */
    staleAfterSeconds: z.number().int().min(10).max(86_400).default(300),
  }),
]);
export type RouteAuthorization = z.infer<typeof RouteAuthorization>;

/** Bounds on what one route takes; what is absent has the gateway's own bound. */
export const RouteLimits = z.strictObject({
  /** Bytes of a request's body. */
  bodyBytes: z.number().int().min(0).optional(),
  /** From the end of a request to the beginning of its answer. */
  answerSeconds: z.number().positive().max(3600).optional(),
  /** From the beginning of a request to the end of its answer; streams and WebSockets included. */
  totalSeconds: z.number().positive().max(604_800).optional(),
  /** Requests under way at once. */
  concurrentRequests: z.number().int().min(1).max(1_000_000).optional(),
  /** Requests in a time, as a token bucket that refills evenly and holds `burst`. */
  rate: z
    .strictObject({
      requests: z.number().int().min(1).max(1_000_000),
      perSeconds: z.number().positive().max(86_400).default(1),
      /** Default: `requests`. */
      burst: z.number().int().min(1).max(1_000_000).optional(),
      /** Who shares a bucket. client: each client address; token: each caller; route: everybody. */
      by: z.enum(["client", "token", "route"]).default("client"),
    })
    .optional(),
});
export type RouteLimits = z.infer<typeof RouteLimits>;

/** Changes of header fields; `remove` comes before `set`. Framing, hop-by-hop and identity fields cannot be changed. */
export const HeaderRules = z.strictObject({
  remove: z.array(FieldName).max(50).default([]),
  set: z.record(FieldName, FieldValue).default({}),
});
export type HeaderRules = z.infer<typeof HeaderRules>;

/** How requests to one route are matched, protected, bounded and answered, besides where they go. */
export const RouteSettings = z.strictObject({
  authorization: RouteAuthorization.optional(),
  /** redirect: to HTTPS; only: plain HTTP is refused. Default: redirect where the host has a certificate of its own. */
  https: z.enum(["allow", "redirect", "only"]).optional(),
  /** Clients must present a certificate that one of these authorities (PEM) issued. */
  clientAuthorities: z.string().max(100_000).optional(),
  /** weighted: by weight, then the least busy; least-loaded: the least busy for its weight. */
  balance: z.enum(["weighted", "least-loaded"]).optional(),
  /** Keeps a client with the instance that answered it first, by a cookie of this name. */
  stickyCookie: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(60)
    .optional(),
  retries: z
    .strictObject({
      /** Tries in all, the first included. */
      attempts: z.number().int().min(1).max(5).default(3),
      /** Retries may be at most this share of the route's requests. */
      budgetPercent: z.number().min(0).max(100).default(20),
    })
    .optional(),
  limits: RouteLimits.optional(),
  /** Answers with a redirect instead of an upstream. `{host}`, `{path}` and `{query}` stand for the request's. */
  redirect: z
    .strictObject({
      status: z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]),
      to: z.string().min(1).max(2000),
    })
    .optional(),
  requestHeaders: HeaderRules.optional(),
  responseHeaders: HeaderRules.optional(),
  /** Answers 503 with this text, whatever the upstreams are. */
  maintenance: z
    .strictObject({
      message: z.string().max(2000).default("Down for maintenance."),
      retryAfterSeconds: z.number().int().min(1).max(604_800).optional(),
    })
    .optional(),
});
export type RouteSettings = z.infer<typeof RouteSettings>;

/** What a request must have to be a route's, besides its host and path. */
export const RouteConditions = z.strictObject({
  methods: z.array(Method).min(1).max(20).optional(),
  /** Without a value any value will do. */
  headers: z
    .array(z.strictObject({ name: FieldName, value: FieldValue.optional() }))
    .min(1)
    .max(10)
    .optional(),
});
export type RouteConditions = z.infer<typeof RouteConditions>;

/**
 * One line of the gateway's table. An exact host wins over a wildcard, a longer wildcard over a shorter one; then an
 * exact path over a prefix, a longer prefix over a shorter one; then the route with more conditions. Strict: a gateway
 * that does not know a key refuses the table, since what it does not know may be what protects the route.
 */
export const Route = z.strictObject({
  /** `shop.example.org`, or `*.example.org` for every name below it. */
  host: z.string().min(1).max(253),
  /** A path prefix that ends at a segment's end: `/` or `/v1`. */
  path: z.string().startsWith("/").max(500),
  pathMatch: z.enum(["prefix", "exact"]).optional(),
  conditions: RouteConditions.optional(),
  /** `org/project/app/environment`, or `platform`. */
  owner: z.string(),
  upstreams: z.array(Upstream).max(1000),
  /** What to answer when there is no upstream. */
  whenEmpty: z.enum(["starting", "stopped", "not-deployed"]),
  settings: RouteSettings.optional(),
});
export type Route = z.infer<typeof Route>;

/** A route's key in the config stream. */
export const routeKey = (
  route: Pick<Route, "host" | "path" | "pathMatch" | "conditions">,
): string => {
  const exact = route.pathMatch === "exact" ? "=" : "";
  const conditions = route.conditions === undefined ? "" : `?${JSON.stringify(route.conditions)}`;
  return `route/${route.host}${exact}${route.path}${conditions}`;
};

/** What a gateway says with each acknowledgement. */
export const GatewayReport = z.strictObject({
  /** Instances that left the table and still have requests in flight. */
  busy: z.array(Id).max(10_000),
});
export type GatewayReport = z.infer<typeof GatewayReport>;
