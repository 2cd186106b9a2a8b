import { readFileSync } from "node:fs";
import { ApiClient } from "@bastide/contracts";
import type { Context } from "../command-line/context.ts";
import { Failure, systemCode } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import {
  type Home,
  homeDirectory,
  homePaths,
  orchestratorUrl,
  platformHost,
  platformUrl,
} from "../home/home.ts";
import { listenerUids } from "../machine/port-owner.ts";
import { isRoot } from "../machine/user.ts";
import { ask } from "../supervisor/http-check.ts";
import { readLogin } from "./logins.ts";
import { platformFetch } from "./platform-fetch.ts";

export interface Connection {
  readonly client: ApiClient;
  readonly url: string;
  /** Where URL and token come from. */
  readonly source: "environment" | "login" | "home";
}

/** The platform that a command talks to: BASTIDE_URL, else the login, else the one in the home of this machine. */
export async function connect(context: Context): Promise<Connection> {
  return fromEnvironment(context) ?? fromLogin(context) ?? (await fromHome(context));
}

export const clientOf = (baseUrl: string, token: () => string): ApiClient =>
  new ApiClient({ baseUrl, token, fetch: platformFetch });

function fromEnvironment({ environment }: Context): Connection | undefined {
  const url = environment["BASTIDE_URL"];
  if (url === undefined || url === "") return undefined;
  const file = environment["BASTIDE_TOKEN_FILE"];
  const token = environment["BASTIDE_TOKEN"] ?? (file === undefined ? undefined : readToken(file));
  if (token === undefined || token === "")
    throw new Failure("refused", "BASTIDE_URL is set, but there is no token for it", {
      fix: "set BASTIDE_TOKEN_FILE to a file with the token, or BASTIDE_TOKEN to the token",
    });
  return { client: clientOf(parseUrl(url), () => token), url, source: "environment" };
}

function fromLogin({ environment }: Context): Connection | undefined {
  const login = readLogin(environment);
  if (login === undefined) return undefined;
  return { client: clientOf(login.url, () => login.token), url: login.url, source: "login" };
}

async function fromHome(context: Context): Promise<Connection> {
  const directory = homeDirectory(context.environment, context.installation, isRoot());
  const paths = homePaths(directory);
  const home = readHomeFile(paths.homeFile);
  if (home === undefined)
    throw new Failure(
      "unreachable",
      `no platform is known: there is none in ${directory}, no login, and no BASTIDE_URL`,
      {
        fix: "start one here with `bastide up`, or use another with `bastide login <url> --token-stdin`",
      },
    );
  const url = await reachableUrl(home);
  // Read for each request: the token is renewed daily, and a `logs -f` may last longer.
  return { client: clientOf(url, () => readToken(paths.adminToken)), url, source: "home" };
}

/** Through the gateway like everybody else; by the orchestrator's own address when the gateway is down. */
async function reachableUrl(home: Home): Promise<string> {
  const { gateway, orchestrator } = home.ports;
  if (isHeldBy(gateway, gatewayUids(home)) && (await gatewayAnswers(home)))
    return platformUrl(home);
  if (isHeldBy(orchestrator, orchestratorUids(home))) return orchestratorUrl(home);
  throw new Failure(
    "unreachable",
    `the platform is not up: nothing of it listens on ports ${gateway} and ${orchestrator}`,
    {
      fix: "start it with `bastide up`; `bastide status` shows what is missing",
    },
  );
}

/**
 * While the platform is down anybody on this machine may take its ports and wait for the administrator's token. So the
 * token goes only where all who listen are users of this home.
 */
function isHeldBy(port: number, isOurs: (uid: number) => boolean): boolean {
  const uids = listenerUids(port);
  return uids.length > 0 && uids.every(isOurs);
}

type Uids = (uid: number) => boolean;

const gatewayUids = ({ users }: Home): Uids =>
  users === undefined
    ? isOwnUid
    : (uid) => uid >= users.instances.first && uid <= users.instances.last;

const orchestratorUids = ({ users }: Home): Uids =>
  users === undefined ? isOwnUid : (uid) => uid === users.orchestrator.uid;

const isOwnUid: Uids = (uid) => uid === process.getuid?.();

async function gatewayAnswers(home: Home): Promise<boolean> {
  const { gateway: port } = home.ports;
  const hostHeader = `${platformHost(home)}:${port}`;
  const answer = await ask({ host: "127.0.0.1", port, hostHeader, path: "/" }, 2_000);
  return answer !== undefined && answer.status < 500;
}

export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === ""
  )
    return url.origin;
  throw new Failure("usage", `"${text}" is not an address of a platform`, {
    fix: "give it as https://bastide.example.org or http://bastide.localhost:8080",
  });
}

/** Reads a token from a file: one line of base64url. */
export function readToken(file: string): string {
  try {
    return checkToken(readFileSync(file, "utf8"), file);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new Failure("refused", `the token in ${file} cannot be read (${code})`, {
      fix:
        code === "EACCES"
          ? "run this as its owner, or log in with a token of your own"
          : "run `bastide up`, or give another file",
      cause: error,
    });
  }
}

export function checkToken(text: string, where: string): string {
  const token = text.trim();
  if (/^[\w=-]{20,65536}$/.test(token)) return token;
  throw new Failure(
    "refused",
    `${where} holds no token: a token is one line of letters, digits, - and _`,
    {
      fix: "copy it whole, from `admin.token` or from whoever gave it to you",
    },
  );
}
