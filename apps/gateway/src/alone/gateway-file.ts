import { Route, RouteConditions, RouteSettings } from "@bastide/contracts";
import { z } from "zod";

const Seconds = z.number().positive().max(3_600);
const HOST = String.raw`(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)`;

/** `127.0.0.1:3000`, `[::1]:3000` or `backend.internal:3000`. */
const AddressText = z
  .string()
  .regex(new RegExp(`^${HOST}:\\d{1,5}$`), "an upstream is host:port, such as 127.0.0.1:3000")
  .refine(
    (text) =>
      Number(text.slice(text.lastIndexOf(":") + 1)) >= 1 &&
      Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535,
    "a port is a number from 1 to 65535",
  );

const FileUpstream = z.union([
  AddressText,
  z.strictObject({
    address: AddressText,
    /** Share of the route's requests, relative to the other upstreams'; 0 gets none. */
    weight: z.number().int().min(0).max(10_000).default(100),
  }),
]);

/** What needs a control plane or certificates: a gateway alone would leave the route open, so it refuses the file. */
const AloneSettings = RouteSettings.omit({
  authorization: true,
  https: true,
  clientAuthorities: true,
});

const FileRoute = z.strictObject({
  host: Route.shape.host,
  path: Route.shape.path.default("/"),
  pathMatch: Route.shape.pathMatch,
  conditions: RouteConditions.optional(),
  upstreams: z.array(FileUpstream).max(1_000).default([]),
  settings: AloneSettings.optional(),
});
export type FileRoute = z.output<typeof FileRoute>;

/** `gateway.yaml`: all that a gateway needs to run without an orchestrator and an agent. */
export const GatewayFile = z.strictObject({
  /** Taken at the start; another value needs a restart. */
  listen: z
    .strictObject({
      addresses: z
        .array(z.union([z.ipv4(), z.ipv6()], "is not an IP address"))
        .min(1)
        .max(32)
        .default(["127.0.0.1"]),
      port: z.number().int().min(0).max(65_535).default(8_080),
    })
    .prefault({}),
  /** Where the last file that was in force is kept, for a start with a broken one, and what sticky cookies need. */
  stateDirectory: z.string().startsWith("/").optional(),
  /** Processes that answer requests; default: one for each core but one. Needs a restart. */
  workers: z.number().int().min(1).max(64).optional(),
  /** Bounds of all routes, in seconds. They need a restart. */
  timeouts: z
    .strictObject({
      /** For an upstream that takes connections. */
      wait: Seconds.default(3),
      /** From the end of a request to the beginning of its answer. */
      answer: Seconds.default(120),
      /** Of a client that owes a body or does not read its answer. */
      idle: Seconds.default(60),
      /** For a request's headers. */
      headers: Seconds.default(10),
      /** For requests under way when the gateway is stopped. */
      shutdown: Seconds.default(10),
    })
    .prefault({}),
  routes: z.array(FileRoute).max(100_000),
});
export type GatewayFile = z.output<typeof GatewayFile>;
