import { ApiError, endpoints, type Identity } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { within } from "./deadline.ts";
import { clientOf } from "./connection.ts";
import { parseUrl } from "./find-platform.ts";
import { checkToken, readToken } from "./read-token.ts";
import { forgetLogin, writeLogin } from "./logins.ts";
import { readInput } from "./read-input.ts";

interface LoginOptions {
  readonly "token-stdin": boolean;
  readonly "token-file": string | undefined;
  readonly forget: boolean;
}

/** `bastide login`: the token is tried before it is kept. */
export async function runLogin(
  address: string | undefined,
  options: LoginOptions,
  context: Context,
): Promise<number> {
  const { output, environment } = context;
  if (options.forget) {
    forgetLogin(environment);
    output.answer({ loggedIn: false }, () => "the login is forgotten");
    return 0;
  }
  if (address === undefined)
    throw new Failure("usage", "<url> is missing", {
      fix: "bastide login https://bastide.example.org --token-stdin",
    });
  const url = parseUrl(address);
  const token = await givenToken(options, context);
  warnIfOpen(url, context);
  const identity = await identityOf(url, token, context);
  const file = writeLogin(environment, { url, token });
  output.answer(
    { loggedIn: true, url, file, identity },
    () => `logged in to ${url} ${identityText(identity)}`,
  );
  return 0;
}

/** A token that was narrowed may not even ask who it is: refused by its own checks, it is genuine all the same. */
async function identityOf(
  url: string,
  token: string,
  { signal }: Context,
): Promise<Identity | undefined> {
  try {
    return await clientOf(url, () => token).call(endpoints.platform.whoami, {
      signal: within(signal),
    });
  } catch (error) {
    if (error instanceof ApiError && error.code === "forbidden") return undefined;
    throw error;
  }
}

function identityText(identity: Identity | undefined): string {
  if (identity === undefined)
    return "with a narrowed token; `bastide token inspect` shows what it may do";
  const until = identity.expiresAt === undefined ? "" : `, until ${identity.expiresAt}`;
  return `as ${identity.user}${until}`;
}

/** The token from standard input or a file: never from the command line, which every process can read. */
export async function givenToken(
  options: { readonly "token-stdin": boolean; readonly "token-file": string | undefined },
  context: Context,
): Promise<string> {
  if (options["token-file"] !== undefined) return readToken(options["token-file"]);
  if (options["token-stdin"]) return checkToken(await readInput(context.stdin), "standard input");
  throw new Failure("usage", "a token is needed", {
    fix: "give it with --token-stdin or --token-file <file>; an operator's is in admin.token of the platform's home",
  });
}

function warnIfOpen(url: string, { output }: Context): void {
  const { protocol, hostname } = new URL(url);
  const isLocal =
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "127.0.0.1" ||
    hostname === "[::1]";
  if (protocol === "http:" && !isLocal)
    output.note(`warning: ${url} is not encrypted: whoever sees the network sees the token`);
}
