import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectSecure } from "node:tls";
import { type Certificate, certificateKey, type GatewayStatus } from "@bastide/contracts";
import { helloFor } from "./attacks/tls.ts";
import { selfSigned } from "../../src/gateway/self-signed.ts";
import {
  atMost,
  Backends,
  failed,
  freePort,
  GatewayControlPlane,
  GatewayProcess,
  Load,
  type Row,
  until,
} from "../../src/index.ts";

const HOST = "good.localhost";
const PER_SECOND = 40;
/** For a handshake, and for the first request after it, as the gateway is started here. */
const HANDSHAKE_MS = 4_000;

const REQUEST = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

interface Bench extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly control: GatewayControlPlane;
  readonly port: number;
  show(certificate: Certificate): Promise<void>;
  status(): Promise<GatewayStatus>;
}

async function start(certificate: Certificate): Promise<Bench> {
  const stack = new AsyncDisposableStack();
  const control = stack.use(await new GatewayControlPlane().start());
  const backends = stack.use(await Backends.start(1));
  const gateway = stack.use(await GatewayProcess.make());
  const port = await freePort();
  await gateway.start(control.url, {
    BASTIDE_WORKERS: "2",
    BASTIDE_HTTPS_PORT: String(port),
    BASTIDE_HEADERS_TIMEOUT_MS: String(HANDSHAKE_MS),
  });
  const show = (one: Certificate) => control.put([[certificateKey(one), one]]);
  await control.change([backends.route(HOST, 0)]);
  await show(certificate);
  return {
    gateway,
    control,
    port,
    show,
    status: () => gateway.command<GatewayStatus>({ command: "status" }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const goodLoads = ({ port }: Bench, ca: string): readonly Load[] =>
  (["1.1", "2"] as const).map((version) =>
    new Load({ port, host: HOST, requestsPerSecond: PER_SECOND, secure: { ca, version } }).start(),
  );

async function failures(
  loads: readonly Load[],
  say: (line: string) => void,
): Promise<{ count: number; requests: number }> {
  const samples = (await Promise.all(loads.map((load) => load.stop()))).flat();
  const bad = samples.filter(failed);
  for (const { error, status, latencyMs, keepAlive } of bad.slice(0, 3))
    say(`  ${error ?? status} after ${latencyMs.toFixed(0)} ms, ${keepAlive ? "kept" : "new"}`);
  return { count: bad.length, requests: samples.length };
}

/** Connections that never finish their handshake: what each sends at first, and a byte at a time after that. */
async function unfinished(): Promise<Readonly<Record<string, { first: Buffer; rest: Buffer }>>> {
  const hello = await helloFor(HOST);
  const nothing = Buffer.alloc(0);
  return {
    "silent handshakes": { first: nothing, rest: nothing },
    "hellos byte by byte": { first: hello.subarray(0, 6), rest: hello.subarray(6) },
    "handshakes without an end": { first: hello, rest: nothing },
  };
}

/** How long the gateway kept the connection. */
async function stall(port: number, { first, rest }: { first: Buffer; rest: Buffer }) {
  const socket: Socket = connect(port, "127.0.0.1");
  const beganMs = performance.now();
  socket.on("error", () => {}).resume();
  const closed = once(socket, "close").catch(() => {});
  socket.write(first);
  let at = 0;
  const drip = setInterval(() => {
    if (socket.writable && at < rest.length) socket.write(rest.subarray(at, ++at));
  }, 50);
  await closed;
  clearInterval(drip);
  return performance.now() - beganMs;
}

const connections = async (bench: Bench): Promise<number> =>
  (await bench.status()).workers.reduce((sum, { connections: count }) => sum + count, 0);

/** Clients that never finish their handshakes are dropped in time, and others notice nothing. */
export async function handshakeRows(
  clients: number,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  const certificate = await selfSigned(HOST);
  const rows: Row[] = [];
  for (const [name, bytes] of Object.entries(await unfinished())) {
    await using bench = await start(certificate);
    say(`${name}: ${clients} clients at once, twice …`);
    const loads = goodLoads(bench, certificate.chain);
    const keptMs: number[] = [];
    for (let wave = 0; wave < 2; wave++)
      keptMs.push(
        ...(await Promise.all(Array.from({ length: clients }, () => stall(bench.port, bytes)))),
      );
    const { count, requests } = await failures(loads, say);
    await until("all are gone", async () => (await connections(bench)) === 0);
    const text = await bench.gateway.command<string>({ command: "metrics", format: "prometheus" });
    const timeouts = Number(
      /handshakes_total\{version="none",outcome="timeout"\} (\d+)/.exec(text)?.[1],
    );
    const died = Number(/worker_deaths_total (\d+)/.exec(text)?.[1]);
    rows.push(
      atMost(`${name}: failed requests of ${requests} of other clients`, "", count, 0),
      // Twice: a hello may come at the end of its time, and the handshake then has its own.
      atMost(
        `${name}: longest time that one was kept`,
        "s",
        Math.max(...keptMs) / 1e3,
        (2 * HANDSHAKE_MS) / 1e3 + 2,
      ),
      atMost(`${name}: that no counter shows`, "", 2 * clients - timeouts, 0),
      atMost(`${name}: workers that died`, "", died, 0),
    );
  }
  return rows;
}

/** The code that a handshake with a client fails by that trusts `ca`; undefined for one that is done. */
async function handshake(port: number, ca: string): Promise<string | undefined> {
  const socket = connectSecure({ host: "127.0.0.1", port, servername: HOST, ca });
  try {
    await once(socket, "secureConnect");
    return undefined;
  } catch (cause) {
    return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  } finally {
    socket.destroy();
  }
}

/**
 * A certificate that ends while clients are there: those that have their connection go on, new ones are told the truth
 * and refuse by themselves; the next certificate is there for the first handshake after it is acknowledged.
 */
export async function expiryRows(
  rounds: number,
  say: (line: string) => void,
): Promise<readonly Row[]> {
  await using bench = await start(await selfSigned(HOST));
  say(`a certificate that ends and is renewed, ${rounds} times …`);
  const seen = { lost: 0, others: 0, late: 0 };
  for (let round = 0; round < rounds; round++) {
    const short = await selfSigned(HOST, 3_000);
    await bench.show(short);
    const before = connectSecure({
      host: "127.0.0.1",
      port: bench.port,
      servername: HOST,
      ca: short.chain,
    });
    await once(before, "secureConnect");
    before.write(REQUEST);
    await once(before, "data");
    await until("it has ended", async () => {
      const code = await handshake(bench.port, short.chain);
      if (code === undefined) return false;
      if (code !== "CERT_HAS_EXPIRED") seen.others += 1;
      return true;
    });
    before.write(REQUEST);
    const [answer] = await Promise.race([once(before, "data"), delay(5_000, ["nothing"])]);
    if (!String(answer).includes("200 OK")) seen.lost += 1;
    before.destroy();
    const next = await selfSigned(HOST);
    await bench.show(next);
    for (let i = 0; i < 10; i++)
      if ((await handshake(bench.port, next.chain)) !== undefined) seen.late += 1;
  }
  return [
    atMost(
      `expired certificate, ${rounds} times: connections lost that were there`,
      "",
      seen.lost,
      0,
    ),
    atMost(
      "expired certificate: handshakes that failed by anything but its date",
      "",
      seen.others,
      0,
    ),
    atMost(
      `expired certificate: failed handshakes of ${10 * rounds} after its renewal`,
      "",
      seen.late,
      0,
    ),
  ];
}
