import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ApiClient, endpoints, readJoinTicket } from "@bastide/contracts";
import {
  fetchAuthority,
  IDENTITY_FILES,
  prove,
  secureFetch,
  writeIdentity,
} from "@bastide/peer-tls";
import { Failure, messageOf } from "../command-line/failure.ts";
import { writeFileAtomically } from "../home/atomic-file.ts";

export interface JoinWish {
  /** Where the control plane takes nodes. */
  readonly url: URL;
  /** A join token, as `node join-token` gave it. */
  readonly ticket: string;
  readonly name: string;
  /** Where key and identity go; it is there already. */
  readonly directory: string;
}

/**
 * Makes this machine a node: a key pair of its own, the control plane found by the fingerprint in the token, and the
 * identity that it gives for the key. Throws Failure, and ApiError for what the control plane refuses.
 */
export async function joinPlatform(wish: JoinWish, signal: AbortSignal): Promise<void> {
  const { url, name, directory } = wish;
  const ticket = readJoinTicket(wish.ticket);
  if (ticket === undefined)
    throw new Failure("usage", "that is no join token: one begins with `bastide-join.`", {
      fix: "copy it whole from the output of `bastide node join-token`, on the platform's machine",
    });
  const authority = await authorityAt(url, ticket.fingerprint, signal);
  const key = ownKey(directory);
  const client = new ApiClient({
    baseUrl: url.origin,
    token: () => ticket.token,
    fetch: secureFetch({ peer: { kind: "control" }, authority: () => authority }),
  });
  const proof = prove({ kind: "join", token: ticket.token, node: name }, key);
  const body = { name, publicKey: publicHalf(key), proof };
  const identity = await client.call(endpoints.nodes.join, { body, signal });
  await writeIdentity(directory, identity, new Date());
}

/** Checks an address as `node join-token` shows it. */
export function parseNodesUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && url.pathname === "/" && url.username === "") return url;
  throw new Failure("usage", `"${text}" is not the address at which a platform takes nodes`, {
    fix: "give it as https://192.0.2.1:7443; `bastide node join-token` shows it",
  });
}

async function authorityAt(url: URL, fingerprint: string, signal: AbortSignal): Promise<string> {
  const host = url.hostname.replaceAll(/[[\]]/g, "");
  try {
    return await fetchAuthority(host, Number(url.port || 443), fingerprint, signal);
  } catch (error) {
    throw new Failure("unreachable", `${url.origin} cannot be joined: ${messageOf(error)}`, {
      fix: "look whether the platform was started with `bastide up --nodes-listen <address>:<port>`, whether a firewall is between, and whether the token is from that platform",
      cause: error,
    });
  }
}

/** The key of an attempt before this one is as good. */
function ownKey(directory: string): string {
  const file = join(directory, IDENTITY_FILES.key);
  if (existsSync(file)) return readFileSync(file, "utf8");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  writeFileAtomically(file, pem, { mode: 0o600 });
  return pem;
}

const publicHalf = (key: string): string =>
  createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
