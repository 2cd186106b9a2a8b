import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Certificate, certificateKey, type GatewayStatus } from "@bastide/contracts";
import { selfSigned } from "../../src/gateway/self-signed.ts";
import {
  freePort,
  GatewayControlPlane,
  GatewayProcess,
  instanceId,
  until,
} from "../../src/index.ts";
import { type Footprint, footprintOf, probed, socketsOf } from "./probe/footprint.ts";

export const HOST = "good.localhost";
/** Its app promises a body and resets in the middle of it. */
export const BROKEN = "broken.localhost";
const WORKERS = 2;
/** Listeners for HTTP and HTTPS, the channel to the primary, and the probe's own. */
const SOCKETS_AT_REST = 4;

/** A built gateway in processes of its own, with what is asked of it and looked at. */
export class FaultBench implements AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly certificate: Certificate;
  readonly securePort: number;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    gateway: GatewayProcess,
    certificate: Certificate,
    securePort: number,
    stack: AsyncDisposableStack,
  ) {
    this.gateway = gateway;
    this.certificate = certificate;
    this.securePort = securePort;
    this.#stack = stack;
  }

  /** `appPort`: of the good host's app; absent: one that answers at once. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    { logFile, appPort }: { readonly logFile?: string; readonly appPort?: number } = {},
  ): Promise<FaultBench> {
    await using stack = new AsyncDisposableStack();
    const control = stack.use(await new GatewayControlPlane().start());
    const apps = stack.use(await startApps());
    const gateway = stack.use(await GatewayProcess.make());
    const [securePort, certificate] = [await freePort(), await selfSigned(HOST)];
    const limits = {
      BASTIDE_HTTPS_PORT: String(securePort),
      BASTIDE_WORKERS: String(WORKERS),
      BASTIDE_HEADERS_TIMEOUT_MS: "2000",
      BASTIDE_IDLE_TIMEOUT_MS: "2000",
      ...probed(gateway.directory),
      ...environment,
    };
    await gateway.start(control.url, limits, logFile);
    const route = (host: string, port: number) => ({
      host,
      path: "/",
      owner: "bench",
      whenEmpty: "starting" as const,
      upstreams: [{ instance: instanceId(port), host: "127.0.0.1", port, weight: 100 }],
      settings: { https: "allow" as const },
    });
    await control.change([route(HOST, appPort ?? apps.good), route(BROKEN, apps.broken)]);
    for (const one of [certificate, await selfSigned(BROKEN)])
      await control.put([[certificateKey(one), one]]);
    return new FaultBench(gateway, certificate, securePort, stack.move());
  }

  status(): Promise<GatewayStatus> {
    return this.gateway.command<GatewayStatus>({ command: "status" });
  }

  async workerPids(): Promise<readonly number[]> {
    return (await this.status()).workers.map(({ pid }) => pid);
  }

  /** Clients that are connected. */
  async connections(): Promise<number> {
    const { workers } = await this.status();
    return workers.reduce((sum, worker) => sum + worker.connections, 0);
  }

  /** Workers that died since the start. */
  async deaths(): Promise<number> {
    const text = await this.gateway.command<string>({ command: "metrics", format: "prometheus" });
    return Number(/worker_deaths_total (\d+)/.exec(text)?.[1] ?? Number.NaN);
  }

  /** After `leftOver`: some turns may pass until nothing leads to what is over; what is kept for longer is kept. */
  async footprint(): Promise<Footprint> {
    const look = () => footprintOf(this.gateway.directory, this.gateway.pid);
    const settled = async () => {
      const now = await look();
      return now.sessions === 0 && now;
    };
    return await until("its sessions are collected", settled, {
      deadlineMs: 8_000,
      everyMs: 500,
    }).catch(look);
  }

  /**
   * Resolves when all clients are gone, and gives the sockets that its workers have beyond those that they need.
   * Connections to apps that nobody uses end by themselves within seconds; those that do not in time are what is given.
   */
  async leftOver(): Promise<number> {
    await until("all clients are gone", async () => (await this.connections()) === 0, {
      deadlineMs: 90_000,
    });
    const pids = await this.workerPids();
    const now = async () => (await socketsOf(pids)) - SOCKETS_AT_REST * pids.length;
    return await until("its sockets are closed", async () => ((await now()) <= 0 ? 0 : undefined), {
      everyMs: 100,
    }).catch(now);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

interface AppPorts {
  readonly good: number;
  readonly broken: number;
}

/** A process of its own, with an app that answers at once and one that breaks off. */
async function startApps(): Promise<AppPorts & AsyncDisposable> {
  const child = fork(join(import.meta.dirname, "apps.ts"), { execArgv: ["--conditions=source"] });
  const [ports] = (await once(child, "message")) as [AppPorts];
  return {
    ...ports,
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
