import { createInterface } from "node:readline/promises";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { Failure } from "../command-line/failure.ts";
import { DOMAIN, readHomeFile } from "../home/home-file.ts";
import { homeDirectory, homePaths, type Listen, platformUrl, readListen } from "../home/home.ts";
import { MOST_NODES } from "../home/local-nodes.ts";
import { describeOwner } from "../machine/port-owner.ts";
import { readPidFile } from "../machine/pid-file.ts";
import { isRoot } from "../machine/user.ts";
import { superviseDetached } from "./detached.ts";
import { takenPort } from "./gateway-port.ts";
import type { UpOptions } from "./up-options.ts";
import { readState } from "./state-file.ts";
import { supervise } from "./supervise.ts";
import { versionOf } from "./version.ts";
import { welcome } from "./welcome.ts";

interface UpCommand {
  readonly detach: boolean;
  readonly port: number | undefined;
  readonly "https-port": number | undefined;
  readonly "base-domain": string | undefined;
  readonly listen: readonly string[];
  readonly nodes: number | undefined;
  readonly "nodes-listen": string | undefined;
}

/** `bastide up`: in the foreground until Ctrl-C, or in the background. */
export async function runUp(command: UpCommand, context: Context): Promise<number> {
  const options = await offerFreePort(parseOptions(command, context), context);
  return command.detach ? inBackground(options, context) : inForeground(options, context);
}

async function inForeground(options: UpOptions, context: Context): Promise<number> {
  const { environment, installation, output, signal } = context;
  try {
    await supervise(options, output.progress, signal, (started) => {
      output.answer(started, () => welcome(started, environment, installation));
      output.note("Ctrl-C stops it, with every app it runs.");
    });
    return 0;
  } catch (error) {
    // Ctrl-C during the start: all that had been started is stopped by now.
    if (signal.aborted && !(error instanceof Failure)) return exitCodeOf("interrupted");
    throw error;
  }
}

async function inBackground(options: UpOptions, context: Context): Promise<number> {
  const { environment, installation, output, signal } = context;
  const running = alreadyUp(options.directory);
  if (running !== undefined) {
    output.answer(running, () => `already up since ${running.since ?? "?"}: ${running.url}`);
    return 0;
  }
  const started = await superviseDetached(options, output.progress, signal);
  output.answer(
    started,
    () => `${welcome(started, environment, installation)}\nstop it with: bastide down`,
  );
  return exitCodeOf(started.healthy ? "ok" : "unhealthy");
}

function alreadyUp(directory: string) {
  const paths = homePaths(directory);
  const holder = readPidFile(paths.supervisorPid);
  const home = readHomeFile(paths.homeFile);
  if (holder === undefined || home === undefined) return undefined;
  const state = readState(paths.state);
  return {
    healthy: state?.healthy ?? false,
    alreadyRunning: true,
    pid: holder.pid,
    since: state?.startedAt,
    home: directory,
    url: platformUrl(home),
  };
}

function checkPorts(port: number | undefined, httpsPort: number | undefined): void {
  for (const [option, value] of [
    ["--port", port],
    ["--https-port", httpsPort],
  ] as const)
    if (value !== undefined && (value < 1 || value > 65_535))
      throw new Failure("usage", `${option} is ${value}, but must be between 1 and 65535`);
  if (port !== undefined && port === httpsPort)
    throw new Failure("usage", `--port and --https-port are both ${port}; each needs its own`);
}

function checkNodes(nodes: number | undefined): number | undefined {
  if (nodes === undefined || (nodes >= 1 && nodes <= MOST_NODES)) return nodes;
  throw new Failure("usage", `--nodes is ${nodes}, but must be between 1 and ${MOST_NODES}`);
}

function parseListen(text: string | undefined): Listen | undefined {
  if (text === undefined) return undefined;
  const listen = readListen(text);
  if (listen !== undefined) return listen;
  throw new Failure(
    "usage",
    `--nodes-listen is "${text}", but must be <address>:<port> such as 192.0.2.1:7443`,
  );
}

function parseOptions(command: UpCommand, context: Context): UpOptions {
  const { port, "https-port": httpsPort, "base-domain": baseDomain, listen } = command;
  checkPorts(port, httpsPort);
  if (baseDomain !== undefined && !DOMAIN.test(baseDomain))
    throw new Failure(
      "usage",
      `--base-domain is "${baseDomain}", but must be a host name such as apps.example.org`,
    );
  const wrong = listen.find((address) => !/^[\da-f.:]{2,45}$/i.test(address));
  if (wrong !== undefined)
    throw new Failure("usage", `--listen is "${wrong}", but must be an IP address such as 0.0.0.0`);
  return {
    directory: homeDirectory(context.environment, context.installation, isRoot()),
    installation: context.installation,
    version: versionOf(context.installation),
    gatewayPort: port,
    httpsPort,
    baseDomain,
    listen: listen.length === 0 ? undefined : listen,
    nodes: checkNodes(command.nodes),
    nodesListen: parseListen(command["nodes-listen"]),
  };
}

/** On a terminal, a taken port is a question and not an error. */
async function offerFreePort(options: UpOptions, context: Context): Promise<UpOptions> {
  if (!context.output.interactive || !context.stdin.isTTY) return options;
  const paths = homePaths(options.directory);
  if (readPidFile(paths.supervisorPid) !== undefined) return options;
  const home = readHomeFile(paths.homeFile);
  const port = options.gatewayPort ?? home?.ports.gateway ?? 8080;
  const taken = await takenPort(port, paths.agent);
  if (taken === undefined) return options;
  const question = `port ${port} is taken by ${describeOwner(taken.owner)}. Use ${taken.offer} instead? [Y/n] `;
  const terminal = createInterface({ input: context.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(question, { signal: context.signal });
    return /^(?:y|yes|)$/i.test(answer.trim()) ? { ...options, gatewayPort: taken.offer } : options;
  } finally {
    terminal.close();
  }
}
