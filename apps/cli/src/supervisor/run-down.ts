import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import { type Home, homeDirectory, type HomePaths, homePaths, pidFileOf } from "../home/home.ts";
import { type LocalNode, localNodes } from "../home/local-nodes.ts";
import { networkOf } from "../home/node-network.ts";
import { readPidFile } from "../machine/pid-file.ts";
import {
  endProcess,
  type ProcessIdentity,
  signalProcess,
  waitForEnd,
} from "../machine/process-identity.ts";
import { isRoot } from "../machine/user.ts";
import { during, type Reporter } from "../output/reporter.ts";
import { runningServer, stopServer } from "../postgres/server.ts";
import { localAgentService, stopAgent } from "./agent-service.ts";
import { removeNetwork } from "./node-network.ts";
import type { PlatformPlan } from "./orchestrator-service.ts";
import { livingGuard, livingInstances } from "./own-instances.ts";
import { versionOf } from "./version.ts";

/** Instances may take their own time to end. */
const STOP_TIMEOUT_MS = 120_000;

/** A guard lets what it runs end in its own way, and gives its leases back. */
const GUARD_STOP_MS = 40_000;

/** `bastide down`: asks the supervisor to stop all; without one, ends what it left. */
export async function runDown({ environment, installation, output }: Context): Promise<number> {
  const paths = homePaths(homeDirectory(environment, installation, isRoot()));
  const home = readHomeFile(paths.homeFile);
  if (home === undefined) {
    output.answer(
      { stopped: [], home: paths.directory },
      () => `there is no platform in ${paths.directory}`,
    );
    return 0;
  }
  const supervisor = readPidFile(paths.supervisorPid);
  const platform = supervisor ? await endSupervisor(supervisor, output.progress) : [];
  // An agent that had just died when the supervisor was told to stop has left its instances.
  const left = await endLeftovers(home, paths, installation, output.progress);
  const stopped = [...platform, ...left];
  output.answer({ stopped, home: paths.directory }, () =>
    stopped.length === 0
      ? "nothing was running"
      : "stopped; `bastide up` starts it again with everything it had",
  );
  return 0;
}

async function endSupervisor(supervisor: ProcessIdentity, reporter: Reporter): Promise<string[]> {
  return during(reporter, `stopping the platform (process ${supervisor.pid})`, async () => {
    if (!signalProcess(supervisor, "SIGTERM"))
      throw new Failure("failed", `process ${supervisor.pid} cannot be signalled`, {
        fix: "run this as the user who started the platform, or as root",
      });
    if (!(await waitForEnd(supervisor, STOP_TIMEOUT_MS)))
      throw new Failure(
        "failed",
        `process ${supervisor.pid} has not stopped after ${STOP_TIMEOUT_MS / 1000} s`,
        {
          fix: "see run/up.log in the home; `kill -9` it and run `bastide down` again",
        },
      );
    return ["platform"];
  });
}

/** What a killed supervisor left, in the order in which it would have stopped it. */
async function endLeftovers(
  home: Home,
  paths: HomePaths,
  installation: string,
  reporter: Reporter,
): Promise<string[]> {
  const stopped: string[] = [];
  const end = async (
    name: string,
    left: ProcessIdentity | undefined,
    how: (left: ProcessIdentity) => Promise<void>,
  ) => {
    if (left === undefined) return;
    await during(reporter, `stopping ${name} (process ${left.pid})`, () => how(left));
    stopped.push(name);
  };
  const plan = { home, paths, installation, version: versionOf(installation), socketDirectory: "" };
  const nodes = localNodes(home, paths);
  for (const node of nodes.toReversed()) {
    const agent = readPidFile(node.pidFile) ?? (await agentForInstances(plan, node));
    await end(node.name === home.node ? "agent and apps" : `node ${node.name}`, agent, stopAgent);
    // Its agent would have stopped it, and would have started it anew before.
    await end(`the guard of ${node.name}`, livingGuard(node.directory), (left) =>
      endProcess(left, "SIGTERM", GUARD_STOP_MS),
    );
  }
  await end("orchestrator", readPidFile(pidFileOf(paths, "orchestrator")), (left) =>
    endProcess(left, "SIGTERM", 10_000),
  );
  const server = runningServer(paths.database);
  await end("PostgreSQL", server?.process, async () => {
    if (server !== undefined) await stopServer(server);
  });
  const network = networkOf(home, paths);
  if (network) await removeNetwork(network);
  refuseSurvivors(nodes.flatMap(({ directory }) => livingInstances(directory)));
  return stopped;
}

/** Instances outlive their agent, and only an agent knows how to stop them: one is started for that. */
async function agentForInstances(
  plan: PlatformPlan,
  node: LocalNode,
): Promise<ProcessIdentity | undefined> {
  if (livingInstances(node.directory).length === 0) return undefined;
  return (await localAgentService(plan, node).start()).process;
}

function refuseSurvivors(survivors: readonly ProcessIdentity[]): void {
  if (survivors.length === 0) return;
  const pids = survivors.map(({ pid }) => pid).join(", ");
  throw new Failure("failed", `${survivors.length} instances still run: ${pids}`, {
    fix: "run `bastide up` and then `bastide down`: the new agent adopts and stops them",
  });
}
