import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { logFileOf, orchestratorUrl, pidFileOf, type Range } from "../home/home.ts";
import {
  catchesSignal,
  endProcess,
  isAlive,
  type ProcessIdentity,
} from "../machine/process-identity.ts";
import { launchRecorded } from "./launch.ts";
import { nodeCommand } from "./node-command.ts";
import type { PlatformPlan } from "./orchestrator-service.ts";
import type { ServiceSpec } from "./service.ts";

/** Instances have their own grace times; the agent ends when all of them are gone. */
const STOP_ALL_MS = 60_000;
const AGENT_START_MS = 15_000;

/** What runs instances on this machine. Stopping the service stops the instances; a mere end of the agent does not. */
export function agentService(plan: PlatformPlan): ServiceSpec {
  const { paths, installation } = plan;
  return {
    name: "agent",
    logFile: logFileOf(paths, "agent"),
    start: () =>
      launchRecorded(
        {
          command: nodeCommand(installation, "agent"),
          environment: agentEnvironment(plan),
          logFile: logFileOf(paths, "agent"),
        },
        pidFileOf(paths, "agent"),
      ),
    stop: stopAgent,
  };
}

/**
 * Stops every instance, then the agent; SIGTERM would leave the instances for the next agent. An agent that has just
 * started does not listen yet, and would die of the signal with its instances running: it is waited for. (SIGINT, which
 * it takes as well, cannot be waited for: Node itself catches it from the start.)
 */
export async function stopAgent(agent: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + AGENT_START_MS;
  while (isAlive(agent) && !catchesSignal(agent.pid, "SIGUSR2") && Date.now() < deadline)
    await delay(20);
  await endProcess(agent, "SIGUSR2", STOP_ALL_MS);
}

function agentEnvironment({ home, paths, installation }: PlatformPlan): Record<string, string> {
  return {
    NODE_ENV: "production",
    TZ: "UTC",
    HOME: paths.agent,
    NODE_COMPILE_CACHE: join(paths.agent, "compiled"),
    BASTIDE_ORCHESTRATOR_URL: orchestratorUrl(home),
    BASTIDE_NODE: home.node,
    BASTIDE_TOKEN_FILE: paths.nodeToken,
    BASTIDE_ROOT_KEYS_FILE: paths.rootKeysFile,
    BASTIDE_AGENT_DIR: paths.agent,
    BASTIDE_INSTALLATION: installation,
    BASTIDE_PORTS: textOf(home.ports.instances),
    ...(home.users === undefined ? {} : { BASTIDE_UIDS: textOf(home.users.instances) }),
  };
}

const textOf = ({ first, last }: Range): string => `${first}-${last}`;
