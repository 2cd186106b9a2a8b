import type { PlatformService } from "./platform-service.ts";

/** Below this only root may listen, unless the kernel was told otherwise. */
const FIRST_FREE_FOR_ALL = 1024;

const MIB = 1024 * 1024;

/** The reverse proxy in front of everything: it keeps its own copy of the table and goes on without us. */
export const gateway: PlatformService = {
  name: "gateway",
  token: { kind: "gateway", file: "token", ttlSeconds: 7 * 24 * 3600 },
  describe: ({ config, node }) => ({
    artefact: { kind: "installed", brick: "gateway" },
    command: ["/opt/bastide/node/bin/node", "/opt/bastide/platform/apps/gateway/bundle/main.js"],
    environmentVariables: {
      BASTIDE_CONTROL_URL: `http://${hostInUrl(config.listen.host)}:${config.listen.port}`,
      BASTIDE_GATEWAY: node,
      BASTIDE_HTTPS_PORT: String(config.gatewayHttpsPort),
      BASTIDE_LISTEN: config.gatewayListen.join(","),
    },
    listens: config.gatewayPort,
    ...(Math.min(config.gatewayPort, config.gatewayHttpsPort) < FIRST_FREE_FOR_ALL
      ? { lowPorts: true }
      : {}),
    promises: [
      { kind: "http", path: "/.bastide/health", status: 200, timeoutSeconds: 2, everySeconds: 5 },
    ],
    // While one program follows another there are twice as many workers, each of them a dozen threads.
    limits: { memoryBytes: 2048 * MIB, cpuMillis: 2_000, processes: 512, openFiles: 16_384 },
    stopGraceMs: 30_000,
  }),
};

const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);
