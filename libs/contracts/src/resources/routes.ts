import { z } from "zod";
import { Id } from "../identifiers.ts";

export const Upstream = z.object({
  instance: Id,
  host: z.string(),
  port: z.number().int().min(1).max(65_535),
  /** Share of the route's requests, relative to the other upstreams'; 0 gets none. */
  weight: z.number().int().min(0).max(10_000),
});
export type Upstream = z.infer<typeof Upstream>;

/** One line of the gateway's table. The longest matching path prefix of the exact host wins. */
export const Route = z.object({
  host: z.string().min(1).max(253),
  /** A path prefix that ends at a segment's end: `/` or `/v1`. */
  path: z.string().startsWith("/").max(500),
  /** `org/project/app/environment`, or `platform`. */
  owner: z.string(),
  upstreams: z.array(Upstream).max(1000),
  /** What to answer when there is no upstream. */
  whenEmpty: z.enum(["starting", "stopped", "not-deployed"]),
});
export type Route = z.infer<typeof Route>;

/** A route's key in the config stream. */
export const routeKey = (route: Pick<Route, "host" | "path">): string =>
  `route/${route.host}${route.path}`;

/** What a gateway says with each acknowledgement. */
export const GatewayReport = z.strictObject({
  /** Instances that left the table and still have requests in flight. */
  busy: z.array(Id).max(10_000),
});
export type GatewayReport = z.infer<typeof GatewayReport>;
