import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { readHomeFile } from "../home/home-file.ts";
import { type Home, homeDirectory, type HomePaths, homePaths, pidFileOf } from "../home/home.ts";
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
import { agentService, stopAgent } from "./agent-service.ts";
import { livingInstances } from "./own-instances.ts";
import { versionOf } from "./version.ts";

/** Instances may take their own time to end. */
const STOP_TIMEOUT_MS = 120_000;

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
  const stopped =
    supervisor === undefined
      ? await endLeftovers(home, paths, installation, output.progress)
      : await endSupervisor(supervisor, output.progress);
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
  const agent =
    readPidFile(pidFileOf(paths, "agent")) ?? (await agentForInstances(home, paths, installation));
  await end("agent and apps", agent, stopAgent);
  await end("orchestrator", readPidFile(pidFileOf(paths, "orchestrator")), (left) =>
    endProcess(left, "SIGTERM", 10_000),
  );
  const server = runningServer(paths.database);
  await end("PostgreSQL", server?.process, async () => {
    if (server !== undefined) await stopServer(server);
  });
  refuseSurvivors(livingInstances(paths.agent));
  return stopped;
}

/** Instances outlive their agent, and only an agent knows how to stop them: one is started for that. */
async function agentForInstances(
  home: Home,
  paths: HomePaths,
  installation: string,
): Promise<ProcessIdentity | undefined> {
  if (livingInstances(paths.agent).length === 0) return undefined;
  const plan = { home, paths, installation, version: versionOf(installation), socketDirectory: "" };
  return (await agentService(plan).start()).process;
}

function refuseSurvivors(survivors: readonly ProcessIdentity[]): void {
  if (survivors.length === 0) return;
  const pids = survivors.map(({ pid }) => pid).join(", ");
  throw new Failure("failed", `${survivors.length} instances still run: ${pids}`, {
    fix: "run `bastide up` and then `bastide down`: the new agent adopts and stops them",
  });
}
