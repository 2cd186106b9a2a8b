import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { IDENTITY_FILES } from "@bastide/peer-tls";
import { inUrl, orchestratorUrl, type Range } from "../home/home.ts";
import { type AgentPlace, type LocalNode, nodesUrl } from "../home/local-nodes.ts";
import {
  catchesSignal,
  endProcess,
  isAlive,
  type ProcessIdentity,
} from "../machine/process-identity.ts";
import { launchRecorded } from "./launch.ts";
import { NODE_ENVIRONMENT, nodeCommand } from "./node-command.ts";
import type { PlatformPlan } from "./orchestrator-service.ts";
import type { ServiceSpec } from "./service.ts";

/** Instances have their own grace times; the agent ends when all of them are gone. */
const STOP_ALL_MS = 60_000;
const AGENT_START_MS = 15_000;

/** How often is looked whether a node is plugged in again. */
const PLUG_CHECK_MS = 100;

/** The agent of one of this machine's own nodes. */
export function localAgentService(plan: PlatformPlan, node: LocalNode): ServiceSpec {
  const { home, paths, installation } = plan;
  const isFirst = node.joined === undefined;
  return {
    ...agentService(installation, node, {
      name: isFirst ? "agent" : `agent ${node.name}`,
      orchestratorUrl: isFirst ? orchestratorUrl(home) : (nodesUrl(home, paths) ?? ""),
      tokenFile: paths.nodeToken,
      rootKeysFile: paths.rootKeysFile,
    }),
    mayStart: (stopping) => pluggedIn(node, stopping),
  };
}

export interface AgentLinks {
  /** Of the service, in messages. */
  readonly name: string;
  readonly orchestratorUrl: string;
  /** For a node that did not join: others have theirs beside their key. */
  readonly tokenFile: string;
  readonly rootKeysFile: string;
}

/** What runs a node's instances. Stopping the service stops the instances; a mere end of the agent does not. */
export function agentService(
  installation: string,
  place: AgentPlace,
  links: AgentLinks,
): ServiceSpec {
  return {
    name: links.name,
    logFile: place.logFile,
    start: () =>
      launchRecorded(
        {
          command: inNetwork(place, nodeCommand(installation, "agent")),
          environment: agentEnvironment(installation, place, links),
          logFile: place.logFile,
        },
        place.pidFile,
      ),
    stop: stopAgent,
  };
}

/** nsenter(1) becomes the program, so that the pid is the agent's; it changes nothing but the network. */
const inNetwork = ({ network }: AgentPlace, command: readonly string[]): string[] =>
  network === undefined
    ? [...command]
    : ["nsenter", `--net=/run/netns/${network.namespace}`, "--", ...command];

async function pluggedIn({ unpluggedFile }: LocalNode, stopping: AbortSignal): Promise<void> {
  while (existsSync(unpluggedFile)) await delay(PLUG_CHECK_MS, undefined, { signal: stopping });
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

function agentEnvironment(
  installation: string,
  place: AgentPlace,
  { orchestratorUrl: url, tokenFile, rootKeysFile }: AgentLinks,
): Record<string, string> {
  const { name, directory, ports, users, joined } = place;
  return {
    ...NODE_ENVIRONMENT,
    HOME: directory,
    BASTIDE_ORCHESTRATOR_URL: url,
    BASTIDE_NODE: name,
    BASTIDE_TOKEN_FILE: tokenFile,
    BASTIDE_ROOT_KEYS_FILE: rootKeysFile,
    BASTIDE_AGENT_DIR: directory,
    BASTIDE_INSTALLATION: installation,
    BASTIDE_PORTS: textOf(ports),
    ...(users === undefined ? {} : { BASTIDE_UIDS: textOf(users) }),
    ...(joined === undefined ? {} : joinedEnvironment(joined)),
  };
}

const joinedEnvironment = ({
  identityDirectory,
  listen,
}: NonNullable<AgentPlace["joined"]>): Record<string, string> => ({
  BASTIDE_ROOT_KEYS_FILE: join(identityDirectory, IDENTITY_FILES.rootKeys),
  BASTIDE_IDENTITY_DIR: identityDirectory,
  BASTIDE_NODE_LISTEN: `${inUrl(listen.host)}:${listen.port}`,
});

const textOf = ({ first, last }: Range): string => `${first}-${last}`;
