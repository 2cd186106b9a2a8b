import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { loadSealingKey, type Sealing, sealingWith } from "@bastide/config-stream";
import type { Config } from "./config.ts";
import { applyTable } from "./control/apply-table.ts";
import { followTable } from "./control/follow-table.ts";
import type { TableEntry } from "./control/table-entry.ts";
import { HttpProxyEngine } from "./engine/http-proxy-engine.ts";
import { Gateway } from "./gateway.ts";
import type { Log } from "./observe/log.ts";
import { Routing } from "./routing.ts";
import { Front } from "./server/front.ts";
import { connectionsFor } from "./server/open-files.ts";
import { SecureFront } from "./server/secure-front.ts";
import { TlsState } from "./tls/tls-state.ts";

/** A running gateway. */
export interface RunningGateway {
  readonly port: number;
  /** Undefined when it speaks plain HTTP only. */
  readonly httpsPort: number | undefined;
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
  const tls = new TlsState(Date.now);
  const routing = new Routing({ engine, now, onIdle: () => table.acknowledgeAgain() });
  const user = {
    apply: (state: ReadonlyMap<string, TableEntry>, changed: readonly string[], isOld: boolean) =>
      applyTable({ routing, tls }, state, changed, isOld),
    busy: () => routing.busy(),
  };
  const table = followTable(config, user, await ownSealing(config), log);
  const limits = {
    headersTimeoutMs: config.BASTIDE_HEADERS_TIMEOUT_MS,
    idleTimeoutMs: config.BASTIDE_IDLE_TIMEOUT_MS,
    maxConnections: config.BASTIDE_MAX_CONNECTIONS ?? (await possibleConnections()),
  };
  const front = new Front(limits, log);
  const secure = new SecureFront({ limits, state: tls, log, now });
  let httpsPort: number | undefined;
  const gateway = new Gateway({
    engine,
    routing,
    tls,
    httpsPort: () => httpsPort,
    log,
    waitMs: config.BASTIDE_WAIT_MS,
    now,
    random: Math.random,
    isConnected: () => table.connected,
    clientConnections: () => front.connections + secure.connections,
  });
  const close = async (deadlineMs: number): Promise<void> => {
    await Promise.all([front.close(gateway, deadlineMs), secure.close(gateway, deadlineMs)]);
    engine.close();
    await table.stop();
  };
  try {
    await table.start();
    const { BASTIDE_LISTEN: addresses, BASTIDE_HTTPS_PORT: wanted } = config;
    const port = await front.listen(gateway, addresses, config.PORT);
    if (wanted !== undefined) httpsPort = await secure.listen(gateway, addresses, wanted);
    return { port, httpsPort, close: () => close(config.BASTIDE_SHUTDOWN_MS) };
  } catch (cause) {
    await close(0);
    throw cause;
  }
}

/** The saved table holds private keys, so it is sealed; the key lies beside it, for this gateway's user alone. */
async function ownSealing({ BASTIDE_STATE_DIR }: Config): Promise<Sealing> {
  await mkdir(BASTIDE_STATE_DIR, { recursive: true, mode: 0o700 });
  return sealingWith(await loadSealingKey(join(BASTIDE_STATE_DIR, "table.key")));
}
