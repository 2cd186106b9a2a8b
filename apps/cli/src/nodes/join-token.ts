import { endpoints } from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import { homeDirectory, homePaths } from "../home/home.ts";
import { nodesListen, nodesUrl } from "../home/local-nodes.ts";
import { isRoot } from "../machine/user.ts";

/** `bastide node join-token`: the token alone on standard output, so that it can be put into a file as it is. */
export async function makeJoinToken(
  { node, minutes }: { readonly node: string | undefined; readonly minutes: number | undefined },
  context: Context,
): Promise<number> {
  const { client, source } = await connect(context);
  const body = {
    ...(node === undefined ? {} : { node }),
    ...(minutes === undefined ? {} : { minutes }),
  };
  const made = await client.call(endpoints.nodes.joinToken, {
    body,
    signal: within(context.signal),
  });
  const url = source === "home" ? addressOf(context) : undefined;
  context.output.answer({ ...made, ...(url === undefined ? {} : { url }) }, () => made.token);
  context.output.note(
    `It lets one machine in, once, until ${made.expiresAt}. On that machine, with the token in a file:\n  bastide node join ${url ?? "https://<the control plane's address>:<port>"} --token-file <file>`,
  );
  return 0;
}

/** Where this machine's control plane takes nodes; a token for one that takes none would be of no use. */
function addressOf({ environment, installation }: Context): string {
  const paths = homePaths(homeDirectory(environment, installation, isRoot()));
  const home = readHomeFile(paths.homeFile);
  const url = home && nodesUrl(home, paths);
  if (home === undefined || url === undefined)
    throw new Failure("conflict", "this platform takes no other machines yet", {
      fix: "start it with an address for them: bastide up --nodes-listen <this machine's address>:7443",
    });
  const isEverywhere = /^(?:0\.0\.0\.0|::)$/.test(nodesListen(home, paths)?.host ?? "");
  return isEverywhere ? url.replace(/\/\/.*:/, "//<this machine's address>:") : url;
}
