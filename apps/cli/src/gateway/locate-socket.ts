import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "../command-line/context.ts";
import { Failure, systemCode } from "../command-line/failure.ts";
import { homeDirectory, homePaths } from "../home/home.ts";
import { isAlive } from "../machine/process-identity.ts";
import { isRoot } from "../machine/user.ts";

export interface SocketOptions {
  readonly socket: string | undefined;
}

/** The control socket that a command means. Throws Failure when no gateway runs here, or it may not be looked for. */
export function locateSocket({ socket }: SocketOptions, context: Context): string {
  if (socket !== undefined) return resolve(context.workingDirectory, socket);
  const { environment, installation } = context;
  const { agent, directory } = homePaths(homeDirectory(environment, installation, isRoot()));
  const instances = join(agent, "instances");
  const found = namesIn(instances, directory).find((id) => isLivingGateway(join(instances, id)));
  if (found !== undefined) return join(instances, found, "data/control.sock");
  throw new Failure(
    "unreachable",
    `no gateway of the platform in ${directory} runs on this machine`,
    {
      fix: "start the platform with `bastide up`, set BASTIDE_HOME, or name the socket with --socket",
    },
  );
}

function namesIn(instances: string, home: string): string[] {
  try {
    return readdirSync(instances);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new Failure(
      "refused",
      `the gateway of ${home} is for root and for the user who runs it`,
      {
        fix: "run the command as that user",
        cause: error,
      },
    );
  }
}

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
