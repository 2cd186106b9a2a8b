import { join } from "node:path";
import {
  type Home,
  type HomePaths,
  inUrl,
  type Listen,
  logFileOf,
  nodesPort,
  pidFileOf,
  type Range,
} from "./home.ts";
import { networkOf, type NodeLink } from "./node-network.ts";

/** As many as one machine may pretend to be. */
export const MOST_NODES = 9;

/** Where an agent lives and what it is told of itself. */
export interface AgentPlace {
  readonly name: string;
  /** Its agent's own, nobody else's. */
  readonly directory: string;
  readonly logFile: string;
  readonly pidFile: string;
  readonly ports: Range;
  readonly users?: Range;
  /** Of a node that joined as another machine does. */
  readonly joined?: {
    /** Key, token and certificate. */
    readonly identityDirectory: string;
    readonly listen: Listen;
  };
  /** Where it has a network of its own: the agent and all that it starts are in this namespace. */
  readonly network?: NodeLink;
}

/** One node that this machine runs: with `up --nodes 3` there are three. */
export interface LocalNode extends AgentPlace {
  /** While it is there the node is as if its plug was pulled. */
  readonly unpluggedFile: string;
}

/**
 * Every node of this home, the first one first. They share its ports and its users in equal parts. The further ones
 * are other machines in all but the machine: each has a key of its own, and a network of its own or at least an address
 * on the loopback interface, at which the control plane and the gateway reach it by TLS.
 */
export function localNodes(home: Home, paths: HomePaths): LocalNode[] {
  const count = home.nodes ?? 1;
  return Array.from({ length: count }, (_, index) => {
    const place = index === 0 ? firstNode(home, paths) : furtherNode(home, paths, index);
    return {
      ...place,
      ports: part(home.ports.instances, index, count),
      ...(home.users === undefined ? {} : { users: part(home.users.instances, index, count) }),
    };
  });
}

type Place = Omit<LocalNode, "ports" | "users">;

const firstNode = (home: Home, paths: HomePaths): Place => ({
  name: home.node,
  directory: paths.agent,
  ...filesOf(paths, "agent"),
});

function furtherNode(home: Home, paths: HomePaths, index: number): Place {
  const name = `${home.node.slice(0, 36)}-${index + 1}`;
  const identityDirectory = join(paths.nodes, name);
  const network = networkOf(home, paths)?.links[index - 1];
  const host = network?.address ?? `127.0.0.${index + 1}`;
  return {
    name,
    directory: join(identityDirectory, "agent"),
    ...filesOf(paths, `agent-${name}`),
    joined: { identityDirectory, listen: { host, port: nodesPort(home) } },
    ...(network === undefined ? {} : { network }),
  };
}

const filesOf = (paths: HomePaths, service: string) => ({
  logFile: logFileOf(paths, service),
  pidFile: pidFileOf(paths, service),
  unpluggedFile: join(paths.run, `${service}.unplugged`),
});

function part({ first, last }: Range, index: number, count: number): Range {
  const size = Math.floor((last - first + 1) / count);
  return { first: first + index * size, last: first + (index + 1) * size - 1 };
}

/** Where the control plane takes nodes; undefined where there is one node and no other may come. */
export function nodesListen(home: Home, paths: HomePaths): Listen | undefined {
  if (home.nodesListen) return home.nodesListen;
  if ((home.nodes ?? 1) === 1) return undefined;
  return { host: networkOf(home, paths)?.host ?? "127.0.0.1", port: nodesPort(home) };
}

/** The same as this machine's own nodes use it. */
export function nodesUrl(home: Home, paths: HomePaths): string | undefined {
  const listen = nodesListen(home, paths);
  if (listen === undefined) return undefined;
  const own = networkOf(home, paths)?.host ?? (listen.host === "::" ? "::1" : "127.0.0.1");
  const isEverywhere = listen.host === "0.0.0.0" || listen.host === "::";
  return `https://${inUrl(isEverywhere ? own : listen.host)}:${listen.port}`;
}
