import { homeDirectory, homePaths } from "../home/home.ts";
import type { Context } from "../command-line/context.ts";
import { checkToken, readToken } from "../api/read-token.ts";
import { readLogin } from "../api/logins.ts";
import { readInput } from "../api/read-input.ts";
import { isRoot } from "../machine/user.ts";

export interface TokenOptions {
  readonly "token-stdin": boolean;
  readonly "token-file": string | undefined;
}

/** The token that a command is about: from where the options say, else the one in use. */
export async function tokenFor(options: TokenOptions, context: Context): Promise<string> {
  const { environment, installation, stdin } = context;
  if (options["token-file"] !== undefined) return readToken(options["token-file"]);
  if (options["token-stdin"]) return checkToken(await readInput(stdin), "standard input");
  if (environment["BASTIDE_TOKEN"] !== undefined)
    return checkToken(environment["BASTIDE_TOKEN"], "BASTIDE_TOKEN");
  if (environment["BASTIDE_TOKEN_FILE"] !== undefined)
    return readToken(environment["BASTIDE_TOKEN_FILE"]);
  const login = readLogin(environment);
  if (login !== undefined) return login.token;
  return readToken(homePaths(homeDirectory(environment, installation, isRoot())).adminToken);
}
