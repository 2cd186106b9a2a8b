import { readFile } from "node:fs/promises";
import type { NodeFetch } from "@bastide/peer-tls";
import type { Config } from "../config.ts";
import type { Journal } from "../journal/journal.ts";
import { NodeIdentity } from "./node-identity.ts";

/** Who this node is and how it speaks to its orchestrator. */
export interface Self {
  readonly node: string;
  readonly orchestratorUrl: string;
  /** Asked for each request: it is renewed under our feet. */
  readonly token: () => string | Promise<string>;
  /** Present on a node that joined from another machine: everything goes by TLS. */
  readonly identity?: NodeIdentity;
  readonly fetch?: NodeFetch;
}

export async function selfOf(config: Config, journal: Journal): Promise<Self> {
  const { node, orchestratorUrl, tokenFile, joined } = config;
  if (!joined)
    // On the control plane's own machine the token is renewed by its supervisor.
    return { node, orchestratorUrl, token: async () => (await readFile(tokenFile, "utf8")).trim() };
  const directory = joined.identityDirectory;
  const identity = await NodeIdentity.load({ directory, orchestratorUrl, journal });
  return { node, orchestratorUrl, token: () => identity.token, identity, fetch: identity.fetch };
}
