import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { nodeDirectory, placeOf, readNodeHome } from "../home/node-home.ts";
import { makeDirectory } from "../home/open-home.ts";
import { endProcess } from "../machine/process-identity.ts";
import { isRoot } from "../machine/user.ts";
import { agentService } from "../supervisor/agent-service.ts";
import { boundLog } from "../supervisor/logs.ts";
import { Service } from "../supervisor/service.ts";

const LOG_CHECK_MS = 10 * 60_000;
const GRACE_MS = 10_000;

/** `bastide node serve`: runs this machine's agent until the signal. What it runs goes on without it. */
export async function serveNode(context: Context): Promise<number> {
  const { environment, installation, output, signal } = context;
  const directory = nodeDirectory(environment, installation, isRoot());
  const home = readNodeHome(directory);
  if (home === undefined)
    throw new Failure("conflict", `this machine is no node yet: ${directory} has no node.json`, {
      fix: "let it join a platform first: bastide node join <url> --token-file <file>",
    });
  const place = placeOf(directory, home);
  makeDirectory(place.directory, 0o700);
  const links = {
    name: "agent",
    orchestratorUrl: home.url,
    tokenFile: "/dev/null",
    rootKeysFile: "",
  };
  const spec = {
    ...agentService(installation, place, links),
    stop: (agent: Parameters<typeof endProcess>[0]) => endProcess(agent, "SIGTERM", GRACE_MS),
  };
  const service = new Service(
    spec,
    (text) => output.progress.remark(text),
    () => {},
  );
  await service.start();
  output.answer({ serving: home.name, url: home.url }, () => `${home.name} serves ${home.url}`);
  output.note(
    "Ctrl-C ends the agent; the apps it started go on, and the next `bastide node serve` takes them over.",
  );
  await untilAborted(signal, place.logFile);
  await service.stop();
  return 0;
}

async function untilAborted(signal: AbortSignal, logFile: string): Promise<void> {
  const logs = setInterval(() => boundLog(logFile), LOG_CHECK_MS);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  clearInterval(logs);
}
