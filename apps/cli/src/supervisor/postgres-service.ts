import { setTimeout as delay } from "node:timers/promises";
import { isAlive } from "../machine/process-identity.ts";
import type { Cluster } from "../postgres/cluster.ts";
import { startServer, stopServer } from "../postgres/server.ts";
import type { ServiceSpec } from "./service.ts";

/** How often the server is looked at: it may be one that we adopted, whose end nobody tells us. */
const LOOK_EVERY_MS = 500;

export function postgresService(cluster: Cluster): ServiceSpec {
  return {
    name: "PostgreSQL",
    logFile: cluster.logFile,
    async start() {
      const { process } = await startServer(cluster);
      const exited = (async () => {
        while (isAlive(process)) await delay(LOOK_EVERY_MS);
        return "its process is gone";
      })();
      return { process, exited };
    },
    stop: (process) =>
      stopServer({ process, socketDirectory: cluster.socketDirectory, adopted: true }),
  };
}
