import { existsSync } from "node:fs";
import { join } from "node:path";
import { endpoints } from "@bastide/contracts";
import { IDENTITY_FILES } from "@bastide/peer-tls";
import { clientOf } from "../api/connection.ts";
import { readToken } from "../api/read-token.ts";
import { messageOf } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import { homePaths, orchestratorUrl } from "../home/home.ts";
import { localNodes, nodesUrl } from "../home/local-nodes.ts";
import { joinPlatform } from "./join.ts";

/**
 * A process of its own, run when a platform of several nodes on one machine starts: each further node that is none yet
 * joins, in the way in which another machine would.
 */
const TIMEOUT_MS = 60_000;

try {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const paths = homePaths(process.argv[2] ?? "");
  const home = readHomeFile(paths.homeFile);
  if (home === undefined) throw new Error(`${paths.homeFile} does not exist`);
  const url = nodesUrl(home, paths);
  if (url === undefined) throw new Error(`${paths.homeFile} has no address for nodes`);
  const client = clientOf(orchestratorUrl(home), () => readToken(paths.adminToken));
  for (const { name, joined } of localNodes(home, paths)) {
    if (!joined || existsSync(join(joined.identityDirectory, IDENTITY_FILES.identity))) continue;
    // Of its own name, so that a node whose directory was lost is let in again.
    const body = { node: name };
    const { token } = await client.call(endpoints.nodes.joinToken, { body, signal });
    const directory = joined.identityDirectory;
    await joinPlatform({ url: new URL(url), ticket: token, name, directory }, signal);
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
