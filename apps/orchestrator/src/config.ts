import { NodeName } from "@bastide/contracts";
import { loadConfig } from "@bastide/service-kit";
import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { z } from "zod";

const Directory = z.string().refine(isAbsolute, "must be an absolute path");
const Port = z.coerce.number().int().min(1).max(65_535);

const Addresses = z.string().transform((list) =>
  list
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
);

const ListenAddress = z.string().transform((text, context) => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port <= 65_535) return { host, port };
  context.addIssue("must be <address>:<port>, as in 127.0.0.1:7400");
  return z.NEVER;
});

const Environment = z.object({
  BASTIDE_LISTEN: ListenAddress,
  BASTIDE_DATABASE_HOST: z.string(),
  BASTIDE_DATABASE_PORT: Port.default(5432),
  BASTIDE_DATABASE_NAME: z.string().default("bastide"),
  BASTIDE_DATABASE_USER: z.string().default("bastide"),
  BASTIDE_DATABASE_PASSWORD_FILE: Directory.optional(),
  BASTIDE_KEYS_DIR: Directory,
  BASTIDE_ROOT_KEYS_FILE: Directory,
  BASTIDE_BLOBS_DIR: Directory,
  BASTIDE_BASE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]{0,180}[a-z0-9])?$/, "must be a domain name in lower case"),
  BASTIDE_GATEWAY_PORT: Port,
  BASTIDE_GATEWAY_HTTPS_PORT: Port.default(8443),
  BASTIDE_GATEWAY_LISTEN: z
    .string()
    .default("127.0.0.1,::1")
    .transform((list) => list.split(",").map((address) => address.trim())),
  /** Where the gateway is reached from outside, if not at the addresses it listens on: behind a NAT, say. */
  BASTIDE_PUBLIC_ADDRESSES: Addresses.optional(),
  /** Servers to ask about domains, each an address with or without a port; default: the machine's own. */
  BASTIDE_DNS_SERVERS: Addresses.optional(),
  /** The public authority that domains' certificates are asked of (RFC 8555 §7.1.1). */
  BASTIDE_ACME_DIRECTORY: z
    .url({ protocol: /^https$/ })
    .default("https://acme-v02.api.letsencrypt.org/directory"),
  /** Names by which CAA records allow that authority. */
  BASTIDE_ACME_CAA: Addresses.default(["letsencrypt.org"]),
  /** Where the authority writes to about certificates that end. */
  BASTIDE_ACME_CONTACT: z.email().optional(),
  /** `no`: the operator does not agree to the authority's terms, and no certificate is asked for. */
  BASTIDE_ACME_AGREE: z.enum(["yes", "no"]).default("yes"),
  /** PEM of an authority that the directory's own certificate is verified by, beside the usual ones. */
  BASTIDE_ACME_CA_FILE: Directory.optional(),
  BASTIDE_NODE: NodeName,
  /** Where other machines reach us: nodes and their gateways only, by TLS. Absent: there is one machine. */
  BASTIDE_NODES_LISTEN: ListenAddress.optional(),
  /** Client URLs of etcd's members, where leases are to be kept there; absent: in the platform's PostgreSQL. */
  BASTIDE_ETCD_ENDPOINTS: Addresses.optional(),
  BASTIDE_ETCD_CA_FILE: Directory.optional(),
  BASTIDE_ETCD_CERTIFICATE_FILE: Directory.optional(),
  BASTIDE_ETCD_KEY_FILE: Directory.optional(),
  /** Where the drill writes what it does, for those who watch it. */
  BASTIDE_DRILL_WITNESS: z.url({ protocol: /^http$/ }).optional(),
  BASTIDE_VERSION: z.string().default("0.0.0"),
  BASTIDE_MAX_SOURCE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(512 * 1024 * 1024),
});

/** The public authority that certificates of tenants' own domains are asked of. */
export interface AcmeConfig {
  readonly directory: string;
  readonly caaIdentities: readonly string[];
  readonly contact: string | undefined;
  /** Whether the operator agrees to the authority's terms. */
  readonly isAgreed: boolean;
  readonly caFile: string | undefined;
}

/** The etcd that leases are kept in. */
export interface EtcdConfig {
  readonly endpoints: readonly string[];
  readonly caFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** Everything that the orchestrator is told from outside. Also the injection token for it. */
export abstract class Config {
  abstract readonly listen: { readonly host: string; readonly port: number };
  abstract readonly database: {
    /** A host name, or the directory of a UNIX socket. */
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly user: string;
    readonly password?: string;
  };
  /** Holds root.key and secrets.key; ours alone. */
  abstract readonly keysDirectory: string;
  /** Public: which root keys tokens are verified with. */
  abstract readonly rootKeysFile: string;
  abstract readonly blobsDirectory: string;
  abstract readonly baseDomain: string;
  abstract readonly gatewayPort: number;
  abstract readonly gatewayHttpsPort: number;
  abstract readonly gatewayListen: readonly string[];
  /** Where the gateway is reached from outside, if that is not where it listens. */
  abstract readonly publicAddresses: readonly string[] | undefined;
  /** Servers to ask about domains; undefined means the machine's own. */
  abstract readonly dnsServers: readonly string[] | undefined;
  abstract readonly acme: AcmeConfig;
  /** The name of the node on this machine. */
  abstract readonly node: string;
  /** Where nodes on other machines reach us. */
  abstract readonly nodesListen: { readonly host: string; readonly port: number } | undefined;
  abstract readonly etcd: EtcdConfig | undefined;
  abstract readonly drillWitness: string | undefined;
  abstract readonly version: string;
  /** Largest source archive that is taken, as it is sent. */
  abstract readonly maxSourceBytes: number;
}

/** Throws ConfigError with every problem at once. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const read = loadConfig(Environment, environment);
  const passwordFile = read.BASTIDE_DATABASE_PASSWORD_FILE;
  return {
    listen: read.BASTIDE_LISTEN,
    database: {
      host: read.BASTIDE_DATABASE_HOST,
      port: read.BASTIDE_DATABASE_PORT,
      name: read.BASTIDE_DATABASE_NAME,
      user: read.BASTIDE_DATABASE_USER,
      ...(passwordFile !== undefined && { password: readFileSync(passwordFile, "utf8").trim() }),
    },
    keysDirectory: read.BASTIDE_KEYS_DIR,
    rootKeysFile: read.BASTIDE_ROOT_KEYS_FILE,
    blobsDirectory: read.BASTIDE_BLOBS_DIR,
    baseDomain: read.BASTIDE_BASE_DOMAIN,
    gatewayPort: read.BASTIDE_GATEWAY_PORT,
    gatewayHttpsPort: read.BASTIDE_GATEWAY_HTTPS_PORT,
    gatewayListen: read.BASTIDE_GATEWAY_LISTEN,
    publicAddresses: read.BASTIDE_PUBLIC_ADDRESSES,
    dnsServers: read.BASTIDE_DNS_SERVERS,
    acme: {
      directory: read.BASTIDE_ACME_DIRECTORY,
      caaIdentities: read.BASTIDE_ACME_CAA,
      contact: read.BASTIDE_ACME_CONTACT,
      isAgreed: read.BASTIDE_ACME_AGREE === "yes",
      caFile: read.BASTIDE_ACME_CA_FILE,
    },
    node: read.BASTIDE_NODE,
    nodesListen: read.BASTIDE_NODES_LISTEN,
    etcd: read.BASTIDE_ETCD_ENDPOINTS && {
      endpoints: read.BASTIDE_ETCD_ENDPOINTS,
      caFile: read.BASTIDE_ETCD_CA_FILE,
      certificateFile: read.BASTIDE_ETCD_CERTIFICATE_FILE,
      keyFile: read.BASTIDE_ETCD_KEY_FILE,
    },
    drillWitness: read.BASTIDE_DRILL_WITNESS,
    version: read.BASTIDE_VERSION,
    maxSourceBytes: read.BASTIDE_MAX_SOURCE_BYTES,
  };
}
