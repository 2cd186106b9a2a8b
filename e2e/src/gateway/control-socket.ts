import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { GatewayAnswer, type GatewayRequest } from "@bastide/contracts";
import { isRunning } from "../processes.ts";

/** An upgrade answers when the program before has ended, which waits for its WebSockets. */
const ANSWER_MS = 120_000;

/** One request to a gateway's control socket that must succeed. */
export async function commandGateway<Result>(
  file: string,
  request: GatewayRequest,
): Promise<Result> {
  const directory = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  let socket: Socket | undefined;
  try {
    // By a descriptor: a socket's whole path may have 107 bytes, and those of instances have more.
    socket = connect(`/proc/self/fd/${directory}/${basename(file)}`);
    const signal = AbortSignal.timeout(ANSWER_MS);
    await once(socket, "connect", { signal });
    socket.write(`${JSON.stringify(request)}\n`);
    const [line] = await once(createInterface({ input: socket }), "line", { signal });
    const answer = GatewayAnswer.parse(JSON.parse(String(line)));
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.result as Result;
  } finally {
    socket?.destroy();
    closeSync(directory);
  }
}

/** The control socket of the gateway that runs below an agent's directory; undefined where none does. */
export async function controlSocketOf(agentDirectory: string): Promise<string | undefined> {
  const instances = join(agentDirectory, "instances");
  for (const id of await readdir(instances))
    if (await runsGateway(join(instances, id))) return join(instances, id, "data/control.sock");
  return undefined;
}

async function runsGateway(directory: string): Promise<boolean> {
  const text = await readFile(join(directory, "record.json"), "utf8").catch(() => "{}");
  const { artefact, run } = JSON.parse(text) as {
    readonly artefact?: { readonly brick?: string };
    readonly run?: { readonly handle?: { readonly pid?: number } };
  };
  return artefact?.brick === "gateway" && isRunning(run?.handle?.pid ?? 0);
}
