import { once } from "node:events";
import { readdir, readlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { GatewayStatus } from "@bastide/contracts";
import {
  ask,
  atMost,
  Backends,
  BIG,
  GatewayControlPlane,
  GatewayProcess,
  instanceId,
  pssBytes,
  report,
  type Row,
  TaggedLoad,
  until,
} from "../src/index.ts";
import { authorityRows } from "./gateway/authority.ts";
import { expiryRows, handshakeRows } from "./gateway/tls.ts";

const short = process.argv.includes("--short");
const ROUNDS = short ? 3 : 20;
const CLIENTS = short ? 50 : 300;
const HOST = "good.localhost";
const BROKEN = "broken.localhost";
const RATE = 100;
const LATER_WAVES = 4;
/** What the good clients' load holds open at most. */
const LOAD_CONNECTIONS = 48;
const say = (line: string) => process.stderr.write(`${line}\n`);

interface Bench extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly status: () => Promise<GatewayStatus>;
}

async function start(
  environment: Readonly<Record<string, string>> = {},
  logFile?: string,
): Promise<Bench> {
  const stack = new AsyncDisposableStack();
  const control = stack.use(await new GatewayControlPlane().start());
  const backends = stack.use(await Backends.start(1));
  const broken = stack.use(await brokenApp());
  const gateway = stack.use(await GatewayProcess.make());
  const limits = {
    BASTIDE_WORKERS: "2",
    BASTIDE_HEADERS_TIMEOUT_MS: "2000",
    BASTIDE_IDLE_TIMEOUT_MS: "2000",
    ...environment,
  };
  await gateway.start(control.url, limits, logFile);
  const upstream = {
    instance: instanceId(broken.port),
    host: "127.0.0.1",
    port: broken.port,
    weight: 100,
  };
  await control.change([
    backends.route(HOST, 0),
    { ...backends.route(BROKEN, 0), upstreams: [upstream] },
  ]);
  return {
    gateway,
    status: () => gateway.command<GatewayStatus>({ command: "status" }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Promises a body and resets in the middle of it. */
async function brokenApp(): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nthe beginning", () =>
        socket.resetAndDestroy(),
      ),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A hostile client: what it sends at first, and again and again. */
interface Attack {
  readonly first: string;
  readonly drip?: (round: number) => string;
  /** Does not read what it is sent. */
  readonly isDeaf?: boolean;
  /** Ends its side at once and goes on to read. */
  readonly halfCloses?: boolean;
}

const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n`;
const ATTACKS: Readonly<Record<string, Attack>> = {
  "slow loris": { first: GET, drip: (round) => `X-${round}: a\r\n` },
  "slow body": {
    first: `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1000000\r\n\r\n`,
    drip: () => "",
  },
  "slow read": {
    first: `GET ${BIG} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`.repeat(3),
    isDeaf: true,
  },
  "header flood": { first: `${GET}${"X-Flood: aaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000)}` },
  "nonsense bytes": { first: "\u0000\u0001\u0002 nonsense\r\n\r\n" },
  "half-closed sockets": { first: `${GET}\r\n`, halfCloses: true },
  "reset by the app in mid-body": { first: `GET / HTTP/1.1\r\nHost: ${BROKEN}\r\n\r\n` },
};

async function attack(port: number, { first, drip, isDeaf, halfCloses }: Attack): Promise<void> {
  const socket: Socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  if (isDeaf === true) socket.pause();
  else socket.resume();
  const closed = once(socket, "close").catch(() => {});
  socket.write(first);
  if (halfCloses === true) socket.end();
  for (let round = 0; round < ROUNDS && !socket.destroyed; round++) {
    const more = drip?.(round) ?? "";
    if (more !== "" && socket.writable) socket.write(more);
    await Promise.race([closed, delay(200)]);
  }
  socket.destroy();
  await closed;
}

async function descriptors(pid: number): Promise<number> {
  const all = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    all.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
  );
  return links.filter((link) => link.startsWith("socket:")).length;
}

async function sumOver(pids: readonly number[], measure: (pid: number) => Promise<number>) {
  const values = await Promise.all(pids.map(measure));
  return values.reduce((sum, value) => sum + value, 0);
}

const goodLoad = (bench: Bench) =>
  new TaggedLoad({
    port: bench.gateway.port,
    host: HOST,
    requestsPerSecond: RATE,
    acknowledged: () => 0,
    begun: () => 0,
    backendOf: () => 0,
  });

const GROWTH_MB = 10;

/** What leaks does so in every wave; one that ends before the collector runs is followed, sooner or later, by one that does not. */
const leastGrowth = (bytes: readonly number[]): number =>
  Math.min(...bytes.slice(1).map((now, i) => now - (bytes[i] ?? 0)));

const mayLeak = (bytes: readonly number[]): boolean => leastGrowth(bytes) > GROWTH_MB * 1e6;

/** Many hostile clients at once, in waves: good clients notice nothing, and nothing is left when they are gone. */
async function attackRows(name: string, hostile: Attack): Promise<Row[]> {
  await using bench = await start();
  const wave = () =>
    Promise.all(Array.from({ length: CLIENTS }, () => attack(bench.gateway.port, hostile)));
  const pids = async () => (await bench.status()).workers.map(({ pid }) => pid);
  say(`${name}: ${CLIENTS} clients at once, ${1 + LATER_WAVES} times …`);
  const before = await pids();
  const load = goodLoad(bench);
  const bytes: number[] = [];
  for (let i = 0; i < 1 + LATER_WAVES || (mayLeak(bytes) && i < 1 + 2 * LATER_WAVES); i++) {
    await wave();
    await until("they are gone", async () => (await connections(bench)) <= LOAD_CONNECTIONS);
    bytes.push(await sumOver(before, pssBytes));
  }
  const { failures, requests } = await load.stop();
  for (const line of failures.slice(0, 3)) say(`  ${line}`);
  await until("they are gone", async () => (await connections(bench)) === 0, {
    deadlineMs: 90_000,
  });
  // Idle connections to apps end by themselves within seconds.
  const left = await until("its sockets are closed", () => settled(before));
  const grown = leastGrowth(bytes);
  const died = await deaths(bench);
  return [
    atMost(`${name}: failed requests of ${requests} of other clients`, "", failures.length, 0),
    atMost(`${name}: workers that died`, "", died, 0),
    atMost(`${name}: sockets left over`, "", left, SOCKETS_AT_REST * before.length),
    atMost(`${name}: memory grown by each later wave`, "MB", Math.max(0, grown / 1e6), GROWTH_MB),
  ];
}

/** Listeners, and the channel to the primary. */
const SOCKETS_AT_REST = 4;

async function settled(pids: readonly number[]): Promise<number | undefined> {
  const count = await sumOver(pids, descriptors);
  if (count <= SOCKETS_AT_REST * pids.length) return count;
  await delay(200);
  return undefined;
}

async function connections(bench: Bench): Promise<number> {
  return (await bench.status()).workers.reduce((sum, worker) => sum + worker.connections, 0);
}

async function deaths(bench: Bench): Promise<number> {
  const text = await bench.gateway.command<string>({ command: "metrics", format: "prometheus" });
  return Number(/worker_deaths_total (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

/** kill -9 of one worker after the other: only what it was answering itself may be lost. */
async function workerKilled(): Promise<Row[]> {
  await using bench = await start();
  say(`kill -9 of a worker, ${ROUNDS} times …`);
  const idle = await spared(bench);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const victim = await until("a worker serves besides the one that is spared", async () =>
      (await bench.status()).workers.find(
        ({ pid, state }) => pid !== idle.pid && state === "serving",
      ),
    );
    process.kill(victim.pid, "SIGKILL");
    // New connections: none may be refused, even in the moment after.
    for (let i = 0; i < 10; i++)
      await ask({ port: bench.gateway.port, host: HOST }).catch((cause: unknown) => {
        if (String(cause).includes("ECONNREFUSED")) refused += 1;
      });
    await until("another worker", async () => {
      const { workers: now } = await bench.status();
      return now.filter(({ state }) => state === "serving").length === 2;
    });
  }
  const { died } = await idle.end();
  return [
    atMost(`kill -9 of a worker, ${ROUNDS} times: connections refused`, "", refused, 0),
    atMost("kill -9 of a worker: connections of other workers that died", "", died, 0),
  ];
}

/** A keep-alive connection to one worker that is left alive: it must answer to the end. */
async function spared(bench: Bench) {
  const socket = connect(bench.gateway.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`${GET}\r\n`);
  await once(socket, "data");
  // Workers tell their figures now and then: those of connections that are over pass.
  let pid = 0;
  await until("only the worker that has the connection has one", async () => {
    const busy = (await bench.status()).workers.filter((worker) => worker.connections > 0);
    pid = busy[0]?.pid ?? 0;
    return busy.length === 1;
  });
  return {
    pid,
    async end(): Promise<{ died: number }> {
      if (socket.destroyed) return { died: 1 };
      socket.write(`${GET}\r\n`);
      const [answer] = await once(socket, "data");
      socket.destroy();
      return { died: String(answer).includes("200 OK") ? 0 : 1 };
    },
  };
}

/** No line of a log can be written: /dev/full answers each write as a full disk does (ENOSPC). */
async function diskFull(): Promise<Row[]> {
  await using bench = await start({ BASTIDE_LOG_LINES_PER_SECOND: "1000" }, "/dev/full");
  say("the disk of its logs is full …");
  const load = goodLoad(bench);
  await delay(short ? 2_000 : 10_000);
  const { failures, requests } = await load.stop();
  const died = await deaths(bench);
  return [
    atMost(`disk full for logs: failed requests of ${requests}`, "", failures.length, 0),
    atMost("disk full for logs: workers that died", "", died, 0),
  ];
}

const rows: Row[] = [];
for (const [name, hostile] of Object.entries(ATTACKS))
  rows.push(...(await attackRows(name, hostile)));
rows.push(...(await handshakeRows(CLIENTS, say)), ...(await expiryRows(short ? 2 : 10, say)));
rows.push(...(await workerKilled()), ...(await diskFull()), ...(await authorityRows(say)));
process.exitCode = (await report("faults gateway", rows)) ? 0 : 1;
