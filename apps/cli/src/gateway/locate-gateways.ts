import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "../command-line/context.ts";
import { Failure, systemCode } from "../command-line/failure.ts";
import { homeDirectory, homePaths } from "../home/home.ts";
import { readHomeFile } from "../home/home-file.ts";
import { localNodes } from "../home/local-nodes.ts";
import { nodeDirectory, placeOf, readNodeHome } from "../home/node-home.ts";
import { isAlive } from "../machine/process-identity.ts";
import { isRoot } from "../machine/user.ts";

export interface GatewayOptions {
  readonly socket: string | undefined;
  readonly node: string | undefined;
}

/** A gateway that runs on this machine. */
export interface FoundGateway {
  /** Undefined for one that was named by its socket. */
  readonly node: string | undefined;
  readonly socket: string;
}

/**
 * The gateways that a command means: of every node of this machine, or the one that is named. Throws Failure when there
 * is none, or it may not be looked for.
 */
export function locateGateways(
  { socket, node }: GatewayOptions,
  context: Context,
): readonly FoundGateway[] {
  if (socket !== undefined)
    return [{ node: undefined, socket: resolve(context.workingDirectory, socket) }];
  const all = placesOf(context).flatMap(({ name, directory }) => gatewayIn(name, directory));
  const found = node === undefined ? all : all.filter((one) => one.node === node);
  if (found.length > 0) return found;
  if (all.length > 0) throw notHere(node ?? "", all);
  throw new Failure("unreachable", "no gateway of the platform runs on this machine", {
    fix: "look where they run with `bastide ha status`; start the platform with `bastide up`, set BASTIDE_HOME, or name the socket with --socket",
  });
}

/** The same for what is done with one gateway only: which has to be said where there are several. */
export function locateGateway(options: GatewayOptions, context: Context): FoundGateway {
  const [first, ...others] = locateGateways(options, context);
  if (first !== undefined && others.length === 0) return first;
  const names = [first, ...others].map((one) => one?.node ?? "");
  throw new Failure("usage", `${names.length} gateways run here, of ${names.join(", ")}`, {
    fix: `say which one with --node ${names[0]}`,
  });
}

interface Place {
  readonly name: string;
  readonly directory: string;
}

/** The nodes of this machine: those of the platform's home, and what joined another platform. */
function placesOf({ environment, installation }: Context): readonly Place[] {
  const paths = homePaths(homeDirectory(environment, installation, isRoot()));
  const home = readHomeFile(paths.homeFile);
  const directory = nodeDirectory(environment, installation, isRoot());
  const node = readNodeHome(directory);
  return [
    ...(home === undefined ? [] : localNodes(home, paths)),
    ...(node === undefined ? [] : [placeOf(directory, node)]),
  ];
}

function gatewayIn(node: string, agentDirectory: string): FoundGateway[] {
  const instances = join(agentDirectory, "instances");
  const found = namesIn(instances).find((id) => isLivingGateway(join(instances, id)));
  return found === undefined ? [] : [{ node, socket: join(instances, found, "data/control.sock") }];
}

function namesIn(instances: string): string[] {
  try {
    return readdirSync(instances);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new Failure(
      "refused",
      `whether a gateway runs in ${instances} is for root and for the user who runs it to see`,
      { fix: "run the command as that user", cause: error },
    );
  }
}

const notHere = (node: string, all: readonly FoundGateway[]): Failure =>
  new Failure(
    "notFound",
    `no gateway of ${node} runs on this machine, but of ${all.map((one) => one.node).join(", ")}`,
    {
      fix: "ask it on its own machine; `bastide ha status` shows where gateways run",
    },
  );

/** Of a record only what is needed is read; one that cannot be read is no gateway's. */
function isLivingGateway(directory: string): boolean {
  try {
    const record: {
      artefact?: { kind?: unknown; brick?: unknown };
      run?: { handle?: { pid?: unknown; startTicks?: unknown } };
    } = JSON.parse(readFileSync(join(directory, "record.json"), "utf8"));
    const { pid, startTicks } = record.run?.handle ?? {};
    return (
      record.artefact?.kind === "installed" &&
      record.artefact.brick === "gateway" &&
      typeof pid === "number" &&
      typeof startTicks === "number" &&
      isAlive({ pid, startTicks })
    );
  } catch {
    return false;
  }
}
