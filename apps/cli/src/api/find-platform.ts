import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { listenerAt } from "@bastide/runtime";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import {
  type Home,
  homeDirectory,
  homePaths,
  orchestratorUrl,
  platformHost,
  platformUrl,
} from "../home/home.ts";
import { isRoot } from "../machine/user.ts";
import { ask } from "../supervisor/http-check.ts";
import { loginFile } from "./login-file.ts";
import { readToken } from "./read-token.ts";

const LOOPBACK = "127.0.0.1";

/** Where a platform is, and what lets a command in. */
export interface Place {
  readonly url: string;
  /** Read for each request: it may be renewed while a command runs. */
  readonly token: () => string;
  /** Where URL and token come from. */
  readonly source: "environment" | "login" | "home";
}

/** The platform that a command talks to: BASTIDE_URL, else the login, else the one in the home of this machine. */
export async function findPlatform(context: Context): Promise<Place> {
  const place = fromEnvironment(context);
  if (place !== undefined) return place;
  return existsSync(loginFile(context.environment)) ? fromLogin(context) : fromHome(context);
}

/**
 * The same for who loads the rest of a command in the meantime: when this resolves, the question is on its way. What is
 * wrong is said to who awaits the answer.
 */
export async function beginToFindPlatform(context: Context): Promise<{ found: Promise<Place> }> {
  const found = findPlatform(context);
  found.catch(() => {});
  // A connection is begun in the next turn of the loop; loading would come before it.
  await setImmediate();
  return { found };
}

function fromEnvironment({ environment }: Context): Place | undefined {
  const url = environment["BASTIDE_URL"];
  if (url === undefined || url === "") return undefined;
  const file = environment["BASTIDE_TOKEN_FILE"];
  const token = environment["BASTIDE_TOKEN"] ?? (file === undefined ? undefined : readToken(file));
  if (token === undefined || token === "")
    throw new Failure("refused", "BASTIDE_URL is set, but there is no token for it", {
      fix: "set BASTIDE_TOKEN_FILE to a file with the token, or BASTIDE_TOKEN to the token",
    });
  return { url: parseUrl(url), token: () => token, source: "environment" };
}

/** Most have none, and then nothing is loaded to read it with. */
async function fromLogin(context: Context): Promise<Place> {
  const { readLogin } = await import("./logins.ts");
  const login = readLogin(context.environment);
  if (login === undefined) return fromHome(context);
  return { url: login.url, token: () => login.token, source: "login" };
}

async function fromHome(context: Context): Promise<Place> {
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
  return { url, token: () => readToken(paths.adminToken), source: "home" };
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
 * token goes only where who listens is a user of this home.
 */
function isHeldBy(port: number, isOurs: (uid: number) => boolean): boolean {
  const listener = listenerAt({ host: LOOPBACK, port });
  return listener !== undefined && isOurs(listener.uid);
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
  const answer = await ask({ host: LOOPBACK, port, hostHeader, path: "/" }, 2_000);
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
