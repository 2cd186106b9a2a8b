import { z } from "zod";
import { Id, NodeName, Timestamp } from "../identifiers.ts";
import { FieldName, FieldValue, HeaderRules } from "./header-rules.ts";
import { RedirectRule } from "./redirect-rule.ts";

export const Upstream = z.strictObject({
  instance: Id,
  host: z.string(),
  port: z.number().int().min(1).max(65_535),
  /**
   * Then host and port are of this node's agent, which leads to the instance; absent: of the instance itself. An
   * unspecified host (`0.0.0.0`, `::`) stands for the one at which the gateway reaches the control plane.
   */
  node: NodeName.optional(),
  /** With a node: the instance's own address, for the gateway that is on that node. */
  inside: z
    .strictObject({ host: z.string(), port: z.number().int().min(1).max(65_535) })
    .optional(),
  /** Its node is not heard of: it gets nothing new (its weight is 0), and what waits for its answer may go elsewhere. */
  silent: z.literal(true).optional(),
  /** Share of the route's requests, relative to the other upstreams'; 0 gets none. */
  weight: z.number().int().min(0).max(10_000),
});
export type Upstream = z.infer<typeof Upstream>;

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

/** How requests to one route are matched, protected, bounded and answered, besides where they go. */
export const RouteSettings = z.strictObject({
  authorization: RouteAuthorization.optional(),
  /** redirect: to HTTPS; only: plain HTTP is refused. Default: redirect where the host has a public certificate. */
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
      /**
       * How often a request is sent in all, the first time included. Connections that could not be made do not count:
       * nothing was sent. Only idempotent requests without a body are sent again, and only before their answer begins.
       */
      attempts: z.number().int().min(1).max(5).default(3),
      /** Retries may be at most this share of the route's requests of the last ten seconds, rounded up. */
      budgetPercent: z.number().min(0).max(100).default(20),
    })
    .optional(),
  limits: RouteLimits.optional(),
  redirect: RedirectRule.optional(),
  requestHeaders: HeaderRules.optional(),
  responseHeaders: HeaderRules.optional(),
  /** Answers 503 with this text, whatever the upstreams are. */
  maintenance: z
    .strictObject({
      message: z.string().max(2000).default("Down for maintenance."),
      retryAfterSeconds: z.number().int().min(1).max(604_800).optional(),
    })
    .optional(),
  /**
   * HTML instead of the gateway's own pages, by status (`503`), class (`5xx`) or `default`; `{status}`, `{title}` and
   * `{detail}` stand for what happened. Programs still get problem+json. Answers of the app are never replaced.
   */
  errorPages: z
    .record(
      z
        .string()
        .regex(
          /^(?:[45]\d\d|[45]xx|default)$/,
          'a page is for a status ("503"), "4xx", "5xx" or "default"',
        ),
      z.string().max(32_768),
    )
    .refine(
      (pages) => Object.values(pages).join("").length <= 65_536,
      "all pages together have at most 65,536 characters",
    )
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
  /** `shop.example.org`; `*.example.org` for every name below it, not for the name itself; `*` for every host. */
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

/** Segments of plain characters; bytes beyond ASCII as escapes in capitals. So a path has one form only. */
const SEGMENT = String.raw`(?!\.{1,2}(?:\/|$))(?:[\w.~!$&'()*+,=:@-]|%[89A-F][0-9A-F])+`;

/** A path that settings can be given to: `/`, or `/admin` without a slash at its end. */
export const RoutePath = z
  .string()
  .max(500)
  .regex(
    new RegExp(`^(?:/|(?:/${SEGMENT})+)$`),
    "a route's path starts with / and has no slash at its end, no empty or dot segments, and no escapes of plain characters",
  );

export const RoutePathQuery = z.object({ path: RoutePath.default("/") });
export type RoutePathQuery = z.infer<typeof RoutePathQuery>;

/** Settings that were given to a path of an app in an environment. Paths below inherit what they do not say themselves. */
export const RouteRule = z.object({
  path: RoutePath,
  settings: RouteSettings,
  updatedAt: Timestamp,
});
export type RouteRule = z.infer<typeof RouteRule>;

/** A rule that was set, and whether every gateway acts by it now: false before the first deployment. */
export const RouteRuleSet = RouteRule.extend({ inForce: z.boolean() });
export type RouteRuleSet = z.infer<typeof RouteRuleSet>;

/** What a gateway says with each acknowledgement. */
export const GatewayReport = z.strictObject({
  /** Instances that left the table and still have requests in flight. */
  busy: z.array(Id).max(10_000),
});
export type GatewayReport = z.infer<typeof GatewayReport>;
