import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { IDENTITY_FILES } from "@bastide/peer-tls";
import { within } from "../api/deadline.ts";
import { readInput } from "../api/read-input.ts";
import type { Context } from "../command-line/context.ts";
import { Failure, systemCode } from "../command-line/failure.ts";
import { nodeName, rangesOf } from "../home/decide-home.ts";
import { type Listen, readListen } from "../home/home.ts";
import { nodeDirectory, writeNodeHome } from "../home/node-home.ts";
import { checkEntrance, makeDirectory } from "../home/open-home.ts";
import { isRoot } from "../machine/user.ts";
import { joinPlatform, parseNodesUrl } from "./join.ts";

const DEFAULT_PORT = 7443;
const TIMEOUT_MS = 30_000;

interface JoinOptions {
  readonly "token-file": string | undefined;
  readonly "token-stdin": boolean;
  readonly name: string | undefined;
  readonly listen: string | undefined;
}

/** `bastide node join`: this machine becomes a node of a platform elsewhere. */
export async function runJoin(
  address: string,
  options: JoinOptions,
  context: Context,
): Promise<number> {
  const url = parseNodesUrl(address);
  const directory = nodeDirectory(context.environment, context.installation, isRoot());
  if (existsSync(join(directory, IDENTITY_FILES.identity)))
    throw new Failure("conflict", `this machine is a node already: ${directory} has its identity`, {
      fix: "start it with `bastide node serve`; to let it join another platform, remove that directory first",
    });
  const ticket = await readTicket(options, context);
  const name = options.name ?? nodeName(hostname());
  const listen = parseListen(options.listen) ?? {
    host: await addressTowards(url),
    port: DEFAULT_PORT,
  };
  makeDirectory(directory, 0o711);
  checkEntrance(directory);
  const signal = within(context.signal, TIMEOUT_MS);
  await joinPlatform({ url, ticket, name, directory }, signal);
  writeNodeHome(directory, {
    format: 1,
    name,
    url: url.origin,
    listen,
    ...rangesOf(directory, isRoot()),
  });
  context.output.answer({ node: name, directory, listen }, () => joinedText(name, listen));
  return 0;
}

const joinedText = (name: string, { host, port }: Listen): string =>
  `this machine is the node ${name} now; the control plane and the gateways reach it at ${host}, port ${port}. Start it with: bastide node serve`;

/** A token is never an argument: every user of the machine can read those. */
async function readTicket(options: JoinOptions, { stdin }: Context): Promise<string> {
  const file = options["token-file"];
  if ((file !== undefined) === options["token-stdin"])
    throw new Failure("usage", "a join token is needed, from a file or from standard input", {
      fix: "give --token-file <file> or --token-stdin; `bastide node join-token` makes one on the platform's machine",
    });
  if (file === undefined) return readInput(stdin);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure("usage", `${file} cannot be read (${systemCode(error) ?? "unknown"})`, {
      fix: "give the file that the join token is in",
      cause: error,
    });
  }
}

function parseListen(text: string | undefined): Listen | undefined {
  if (text === undefined) return undefined;
  const listen = readListen(text);
  if (listen !== undefined) return listen;
  throw new Failure(
    "usage",
    `--listen is "${text}", but must be <address>:<port> such as 192.0.2.7:7443`,
  );
}

/** The address of this machine that the control plane sees: the one by which we reach it. */
function addressTowards(url: URL): Promise<string> {
  const host = url.hostname.replaceAll(/[[\]]/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(url.port || 443), timeout: 10_000 });
    const fail = (reason: string): void => {
      socket.destroy();
      reject(
        new Failure("unreachable", `${url.origin} does not answer: ${reason}`, {
          fix: "look whether the platform was started with `bastide up --nodes-listen <address>:<port>` and whether a firewall is between",
        }),
      );
    };
    socket.once("timeout", () => fail("no connection within 10 s"));
    socket.once("error", (error) => fail(error.message));
    socket.once("connect", () => {
      const { localAddress = "127.0.0.1" } = socket;
      socket.destroy();
      resolve(localAddress.replace(/^::ffff:/, ""));
    });
  });
}
