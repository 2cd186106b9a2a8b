import { isAbsolute } from "node:path";
import { NodeName } from "@bastide/contracts";
import { z } from "zod";

const AbsolutePath = z.string().refine(isAbsolute, "must be an absolute path");

/** `first-last`, both included. */
const rangeWithin = (lowest: number, highest: number) =>
  z.string().transform((text, context) => {
    const match = /^(\d{1,7})-(\d{1,7})$/.exec(text);
    const range = { first: Number(match?.[1]), last: Number(match?.[2]) };
    if (match && lowest <= range.first && range.first <= range.last && range.last <= highest)
      return range;
    context.addIssue(`must be <first>-<last> within ${lowest}-${highest}`);
    return z.NEVER;
  });

const ListenAddress = z.string().transform((text, context) => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port <= 65_535) return { host, port };
  context.addIssue("must be <address>:<port>, as in 192.0.2.7:7443");
  return z.NEVER;
});

const Environment = z.object({
  BASTIDE_ORCHESTRATOR_URL: z.url({ protocol: /^https?$/ }),
  BASTIDE_NODE: NodeName,
  BASTIDE_TOKEN_FILE: AbsolutePath,
  BASTIDE_ROOT_KEYS_FILE: AbsolutePath,
  BASTIDE_AGENT_DIR: AbsolutePath,
  BASTIDE_INSTALLATION: AbsolutePath,
  /** Of a node that joined: its key and what it was given. Then it answers by TLS, at the address below. */
  BASTIDE_IDENTITY_DIR: AbsolutePath.optional(),
  BASTIDE_NODE_LISTEN: ListenAddress.optional(),
  BASTIDE_PORTS: rangeWithin(1024, 65_535).default({ first: 20_000, last: 29_999 }),
  BASTIDE_UIDS: rangeWithin(1000, 4_000_000).default({ first: 200_000, last: 209_999 }),
});

export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

export interface Config {
  readonly orchestratorUrl: string;
  readonly node: string;
  /** Holds the node's Biscuit; renewed under our feet, so read for each request. */
  readonly tokenFile: string;
  readonly rootKeysFile: string;
  /** Present on a node that joined from another machine. */
  readonly joined?: {
    readonly identityDirectory: string;
    /** Where the control plane and gateways reach it. */
    readonly listen: { readonly host: string; readonly port: number };
  };
  /** All that the agent keeps; nobody else's. */
  readonly directory: string;
  /** Root of the installation: bricks, Node, npm. */
  readonly installation: string;
  readonly ports: NumberRange;
  readonly uids: NumberRange;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Throws ConfigError with every problem at once. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"),
    );
  const read = parsed.data;
  const { BASTIDE_IDENTITY_DIR: identityDirectory, BASTIDE_NODE_LISTEN: listen } = read;
  if ((identityDirectory === undefined) !== (listen === undefined))
    throw new ConfigError("BASTIDE_IDENTITY_DIR and BASTIDE_NODE_LISTEN: one needs the other");
  return {
    orchestratorUrl: read.BASTIDE_ORCHESTRATOR_URL,
    node: read.BASTIDE_NODE,
    tokenFile: read.BASTIDE_TOKEN_FILE,
    rootKeysFile: read.BASTIDE_ROOT_KEYS_FILE,
    ...(identityDirectory !== undefined && listen ? { joined: { identityDirectory, listen } } : {}),
    directory: read.BASTIDE_AGENT_DIR,
    installation: read.BASTIDE_INSTALLATION,
    ports: read.BASTIDE_PORTS,
    uids: read.BASTIDE_UIDS,
  };
}
