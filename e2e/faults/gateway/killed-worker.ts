import { once } from "node:events";
import { createServer } from "node:http";
import { atLeast, atMost, figure, type Row, until } from "../../src/index.ts";
import { FaultBench, HOST } from "./bench.ts";
import { PortLoad, type PortRequest } from "./port-load.ts";
import { portsHeldBy } from "./ports-held.ts";

/** How long the app takes, so that requests are under way at every moment. */
const APP_MS = 100;
const PER_SECOND = 100;
const KILL = "kill -9 of a worker";

/**
 * kill -9 of one worker after the other, with good clients beside. What may fail: requests on connections that the very
 * process held, which nobody else can answer. It is stopped for the moment in which these are written down, so that it
 * takes no other before it dies. Requests on all other connections are answered, and so are all new connections.
 */
export async function killedWorkerRows(
  rounds: number,
  say: (line: string) => void,
): Promise<Row[]> {
  say(`${KILL}, ${rounds} times, beside good clients …`);
  await using app = await slowApp();
  await using bench = await FaultBench.start({}, { appPort: app.port });
  const ports = { plain: bench.gateway.port, secure: bench.securePort };
  const ca = bench.certificate.chain;
  const loads = [
    new PortLoad({ port: ports.plain, host: HOST, requestsPerSecond: PER_SECOND }),
    new PortLoad({ port: ports.secure, host: HOST, requestsPerSecond: PER_SECOND, ca }),
  ];
  const kills: Kill[] = [];
  for (let round = 0; round < rounds; round++) {
    const victim = await servingWorker(bench);
    const before = loads.reduce((sum, { requests }) => sum + requests.length, 0);
    await until("requests are under way", () => {
      const now = loads.reduce((sum, { requests }) => sum + requests.length, 0);
      return now > before + PER_SECOND / 4;
    });
    process.kill(victim, "SIGSTOP");
    const clientPorts = new Set(await portsHeldBy(victim, Object.values(ports)));
    kills.push({ clientPorts, atMs: performance.now() });
    process.kill(victim, "SIGKILL");
    await until("another worker", async () => {
      const { workers } = await bench.status();
      return workers.filter(({ pid, state }) => pid !== victim && state === "serving").length === 2;
    });
  }
  await Promise.all(loads.map((load) => load.stop()));
  const all = loads.flatMap(({ requests }) => requests);
  const failures = all.filter(({ error }) => error !== undefined);
  const own = failures.filter((one) => killOf(one, kills) !== undefined);
  const others = failures.filter((one) => killOf(one, kills) === undefined);
  for (const { error, connection, isNew } of others.slice(0, 5))
    say(`  ${error} on ${isNew ? "a new" : "a kept"} connection (${connection?.localPort})`);
  const late = own.filter((one) => one.startedAtMs > (killOf(one, kills)?.atMs ?? 0));
  const fresh = others.filter(({ isNew }) => isNew).length;
  return [
    figure(`${KILL}, ${rounds} times: requests of good clients beside`, "", all.length),
    // Without any nothing would be shown: then no request was under way in it.
    atLeast(`${KILL}: requests that failed on its own connections`, "", own.length, 1),
    figure(`${KILL}: of these, sent when it was dead and that not heard of`, "", late.length),
    atMost(`${KILL}: failed requests on new connections that it did not have`, "", fresh, 0),
    atMost(`${KILL}: failed requests on kept ones of others`, "", others.length - fresh, 0),
    atMost(`${KILL}: workers that died besides`, "", (await bench.deaths()) - rounds, 0),
  ];
}

interface Kill {
  /** Of the connections that the process held. */
  readonly clientPorts: ReadonlySet<number>;
  readonly atMs: number;
}

/** The kill that ended a request's connection. A port may be another connection's later. */
const killOf = ({ connection }: PortRequest, kills: readonly Kill[]): Kill | undefined =>
  connection &&
  kills.find(
    ({ clientPorts, atMs }) =>
      clientPorts.has(connection.localPort) && connection.connectedAtMs <= atMs,
  );

/** One after the other, since the one that was started last serves last. */
async function servingWorker(bench: FaultBench): Promise<number> {
  return await until("two workers serve", async () => {
    const serving = (await bench.status()).workers.filter(({ state }) => state === "serving");
    const [oldest] = serving.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
    return serving.length === 2 && oldest?.pid;
  });
}

async function slowApp(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.end("slow"), APP_MS);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
