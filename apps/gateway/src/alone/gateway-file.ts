import {
  CertificateHost,
  Route,
  RouteConditions,
  RouteSettings,
  TrustedRootKey,
} from "@bastide/contracts";
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

/** Of another file, absolute or relative to where `gateway.yaml` is. */
const FilePath = z.string().min(1).max(4_096);

/** A certificate and its key; both files are read again when they change. */
const FileCertificate = z.strictObject({
  /** PEM: the certificate, then each one's issuer. */
  chain: FilePath,
  /** PEM, not encrypted. */
  key: FilePath,
  /** Hosts that it is shown for; default: all that it names. */
  hosts: z.array(CertificateHost).min(1).max(100).optional(),
  /** For clients that name no host. One at most. */
  default: z.boolean().default(false),
});
export type FileCertificate = z.output<typeof FileCertificate>;

/** A public key that tokens are verified with: as `bastide token keygen` shows it, here or in a file. */
const FileRootKey = z
  .strictObject({
    id: TrustedRootKey.shape.id.default(0),
    publicKey: TrustedRootKey.shape.publicKey.optional(),
    file: FilePath.optional(),
  })
  .refine(
    ({ publicKey, file }) => (publicKey === undefined) !== (file === undefined),
    "a root key has either publicKey or file",
  );

const FileRoute = z.strictObject({
  host: Route.shape.host,
  path: Route.shape.path.default("/"),
  pathMatch: Route.shape.pathMatch,
  conditions: RouteConditions.optional(),
  upstreams: z.array(FileUpstream).max(1_000).default([]),
  settings: RouteSettings.optional(),
  /** Whose it is, for policies: organisation/project/app/environment. */
  owner: z
    .string()
    .regex(/^[a-z0-9-]+(?:\/[a-z0-9-]+){3}$/, "must be organisation/project/app/environment")
    .optional(),
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
      /** For HTTPS, on the same addresses; without one there is none. */
      httpsPort: z.number().int().min(0).max(65_535).optional(),
    })
    .prefault({}),
  /** Where the last file that was in force is kept, for a start with a broken one, and what sticky cookies need. */
  stateDirectory: z.string().startsWith("/").optional(),
  certificates: z.array(FileCertificate).max(1_000).default([]),
  /** Whose tokens routes with a policy take. */
  tokens: z
    .strictObject({
      rootKeys: z.array(FileRootKey).min(1).max(100),
      /** A file with a revocation id a line; `#` begins a comment. It is read again when it changes. */
      revocations: FilePath.optional(),
    })
    .optional(),
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
