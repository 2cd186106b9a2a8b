import type { BrickInstanceSpec, InstanceBrick, PlacedContext } from "./brick.ts";

/** Below this only root may listen, unless the kernel was told otherwise. */
const FIRST_FREE_FOR_ALL = 1024;

const MIB = 1024 * 1024;

/** The reverse proxy in front of everything: it keeps its own copy of the table and goes on without us. */
export const gateway: InstanceBrick = {
  name: "gateway",
  summary: "the reverse proxy in front of everything, on two nodes where there are two",
  topology: { kind: "flex", min: 1, target: 2, max: 3 },
  isWantedAtOnce: true,
  // What the platform's own URL and its certificates' checks lead to.
  first: ({ config }) => config.node,
  whenStopped:
    "nothing answers at apps' hosts, nor at the platform's, until `bastide ha start gateway`; the CLI on the control plane's own machine still works",
  runs: {
    kind: "instance",
    token: { kind: "gateway", file: "token", ttlSeconds: 7 * 24 * 3600 },
    fits,
    describe,
  },
};

function describe(context: PlacedContext): BrickInstanceSpec {
  const { config, node } = context;
  const { gatewayPort, gatewayHttpsPort } = config;
  const listens = addressesOf(context);
  const [asked] = listens;
  return {
    artefact: { kind: "installed", brick: "gateway" },
    command: ["/opt/bastide/node/bin/node", "/opt/bastide/platform/apps/gateway/bundle/main.js"],
    environmentVariables: {
      BASTIDE_GATEWAY: node.name,
      BASTIDE_HTTPS_PORT: String(gatewayHttpsPort),
      BASTIDE_LISTEN: listens.join(","),
      // Three processes: what the allocator frees goes back to the machine; see mallopt(3).
      MALLOC_ARENA_MAX: "2",
      MALLOC_TRIM_THRESHOLD_: "131072",
      NODE_COMPILE_CACHE: "/data/compiled",
    },
    listens: gatewayPort,
    ...(asked !== undefined && asked === node.address ? { host: asked } : {}),
    ...(Math.min(gatewayPort, gatewayHttpsPort) < FIRST_FREE_FOR_ALL ? { lowPorts: true } : {}),
    // A starved machine is not a reason to end what it carries: a program that hangs is the launcher's to find.
    promises: [
      { kind: "http", path: "/.bastide/health", status: 200, timeoutSeconds: 10, everySeconds: 5 },
    ],
    // While one program follows another there are twice as many workers, each of them a dozen threads.
    limits: {
      memoryBytes: 2048 * MIB,
      cpuMillis: 2_000,
      // All apps wait for it: it is not one among them.
      cpuWeight: 1_000,
      processes: 512,
      openFiles: 16_384,
    },
    stopGraceMs: 30_000,
  };
}

/**
 * What the operator said is for the control plane's machine. Another has its own address, and every one where that has;
 * and the loopback address, by which its agent and its apps ask, unless it is one of several nodes on one machine.
 */
function addressesOf({ config, node: { address } }: PlacedContext): readonly string[] {
  const { gatewayListen } = config;
  if (address === undefined || gatewayListen.some(isEverywhere)) return gatewayListen;
  return isLoopback(address) ? [address] : ["127.0.0.1", address];
}

/** Not on a node that is this very machine in the eyes of who connects: the ports are taken there. */
function fits({ config, node: { name, address } }: PlacedContext): boolean {
  if (name === config.node) return true;
  if (address === undefined || config.gatewayListen.includes(address)) return false;
  return !(isLoopback(address) && config.gatewayListen.some(isEverywhere));
}

const isEverywhere = (address: string): boolean => address === "0.0.0.0" || address === "::";
const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");
