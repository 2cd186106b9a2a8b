import type { Route, Upstream } from "@bastide/contracts";

/** A valid instance id, told apart by its number. */
export const instanceId = (number: number): string =>
  `01990000-0000-7000-8000-${String(number).padStart(12, "0")}`;

export const upstream = (port: number, more: Partial<Upstream> = {}): Upstream => ({
  instance: instanceId(port),
  host: "127.0.0.1",
  port,
  weight: 100,
  ...more,
});

export const route = (
  host: string,
  ports: readonly number[],
  more: Partial<Route> = {},
): Route => ({
  host,
  path: "/",
  owner: "acme/web/shop/production",
  upstreams: ports.map((port) => upstream(port)),
  whenEmpty: "starting",
  ...more,
});
