import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { Config } from "./config.ts";
import { followTable } from "./control/follow-table.ts";
import { HttpProxyEngine } from "./engine/http-proxy-engine.ts";
import { Gateway } from "./gateway.ts";
import type { Log } from "./observe/log.ts";
import { Routing } from "./routing.ts";
import { Front } from "./server/front.ts";
import { connectionsFor } from "./server/open-files.ts";

/** A running gateway. */
export interface RunningGateway {
  readonly port: number;
  /** Finishes what is under way, for at most the configured time, and ends. */
  close(): Promise<void>;
}

/** Below the 5 s after which Node's own servers close an idle connection. */
const UPSTREAM_IDLE_MS = 4_000;
/** Upstreams are on this machine or next to it. */
const CONNECT_MS = 2_000;

const MAX_CONNECTIONS = 10_000;

const now = (): number => performance.now();

/** An address that runs out of files would put healthy upstreams aside: fewer clients are better than that. */
async function possibleConnections(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Math.min(MAX_CONNECTIONS, connectionsFor(limits) ?? MAX_CONNECTIONS);
}

/**
 * Starts a gateway: the last known good table first, then the listeners, so that the very first request finds its
 * route, with or without a control plane. Throws when it cannot listen.
 */
export async function serve(config: Config, log: Log): Promise<RunningGateway> {
  const engine = new HttpProxyEngine({
    connectMs: CONNECT_MS,
    answerMs: config.BASTIDE_ANSWER_TIMEOUT_MS,
    idleMs: UPSTREAM_IDLE_MS,
  });
  const routing = new Routing({ engine, now, onIdle: () => table.acknowledgeAgain() });
  const table = followTable(config, routing, log);
  const front = new Front(
    {
      headersTimeoutMs: config.BASTIDE_HEADERS_TIMEOUT_MS,
      idleTimeoutMs: config.BASTIDE_IDLE_TIMEOUT_MS,
      maxConnections: config.BASTIDE_MAX_CONNECTIONS ?? (await possibleConnections()),
    },
    log,
  );
  const gateway = new Gateway({
    engine,
    routing,
    log,
    waitMs: config.BASTIDE_WAIT_MS,
    now,
    random: Math.random,
    isConnected: () => table.connected,
    clientConnections: () => front.connections,
  });
  const close = async (deadlineMs: number): Promise<void> => {
    await front.close(gateway, deadlineMs);
    engine.close();
    await table.stop();
  };
  try {
    await table.start();
    const port = await front.listen(gateway, config.BASTIDE_LISTEN, config.PORT);
    return { port, close: () => close(config.BASTIDE_SHUTDOWN_MS) };
  } catch (cause) {
    await close(0);
    throw cause;
  }
}
