import { execFile } from "node:child_process";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { biscuit, KeyPair } from "@bastide/biscuit";
import { revocationKey, rootKeyKey, type Route, routeKey } from "@bastide/contracts";
import {
  atMost,
  Backends,
  figure,
  GatewayControlPlane,
  GatewayProcess,
  INSTALLATION,
  median,
  type Row,
} from "@bastide/e2e";
import { askWith, OpenLoad } from "./auth-load.ts";
import { type AuthNginx, startAuthNginx } from "./auth-nginx.ts";
import { cpuNsOf } from "./cpu.ts";

const run = promisify(execFile);
const ROUNDS = { full: 21, short: 7 };
const REQUESTS = 2_000;
const WARM_UP = 3;
/** Good requests a second, and those beside them, as the goal has it. */
const RATE = { good: 200, beside: 1_000 };
const SECONDS = 2.5;
/** Short turns and many: what else the machine does meanwhile falls on both kinds alike. */
const TURNS = { full: 24, short: 4 };
const REVOCATIONS = { full: 200, short: 50 };
/** Clients that the bad tokens come from: enough that none of them is told to wait. */
const CLIENTS = 240;

const root = KeyPair.generate();
const tokenOf = (key: KeyPair = root): string =>
  biscuit`user("alice"); role("acme", "developer");`.rootKeyId(1).sign(key).toString();

const HOSTS = { open: "open.localhost", none: "none.localhost", token: "token.localhost" } as const;

/** Verified tokens and policies: what they cost, what bad ones cost others, and how soon a revocation counts. */
export async function authRows(short: boolean): Promise<Row[]> {
  await using backends = await Backends.start(1);
  await using control = await new GatewayControlPlane().start();
  await using gateway = await GatewayProcess.make();
  await gateway.start(control.url, { BASTIDE_WORKERS: "1", BASTIDE_LOG_SAMPLE: "0" });
  await control.put([
    [rootKeyKey({ id: 1 }), { id: 1, publicKey: root.publicKey.toString() }],
    ...routesTo(backends).map((route) => [routeKey(route), route] as const),
  ]);
  await using nginx = await startAuthNginx(backends.ports[0] ?? 0);
  return [
    await decisionRow(),
    ...(await costRows(gateway, nginx, short)),
    ...(await badTokenRows(gateway.port, short)),
    await revocationRow(gateway.port, control, short),
  ];
}

function routesTo(backends: Backends): Route[] {
  const policy = 'allow if role($org, "developer"), resource_org($org)';
  const protectedBy = (identity: "none" | "token"): Route["settings"] => ({
    authorization: { kind: "biscuit", policy, identity, staleAfterSeconds: 300 },
  });
  const owner = "acme/web/shop/production";
  return [
    { ...backends.route(HOSTS.open, 0), owner },
    { ...backends.route(HOSTS.none, 0), owner, settings: protectedBy("none") },
    { ...backends.route(HOSTS.token, 0), owner, settings: protectedBy("token") },
  ];
}

async function decisionRow(): Promise<Row> {
  const program = join(INSTALLATION, "apps/gateway/test/bench/cached-decision.ts");
  const { stdout } = await run(process.execPath, ["--conditions=source", program]);
  const { micros }: { micros: number[] } = JSON.parse(stdout);
  return atMost("a decision about a known token, of 1,000", "µs", median(micros), 3);
}

/** CPU of each request, in turn, so that what else the machine does falls on all alike. */
async function costRows(gateway: GatewayProcess, nginx: AuthNginx, short: boolean): Promise<Row[]> {
  const token = tokenOf();
  const cases = {
    open: () => costOf(gateway.pid, gateway.port, HOSTS.open, token),
    none: () => costOf(gateway.pid, gateway.port, HOSTS.none, token),
    token: () => costOf(gateway.pid, gateway.port, HOSTS.token, token),
    nginx: () => costOf(nginx.pid, nginx.port, HOSTS.open, token),
    nginxAuth: () => costOf(nginx.pid, nginx.authPort, HOSTS.open, token),
  };
  const rounds: Record<keyof typeof cases, number>[] = [];
  const names = ["open", "none", "token", "nginx", "nginxAuth"] as const;
  for (let i = 0; i < (short ? ROUNDS.short : ROUNDS.full); i++) {
    const round = { open: 0, none: 0, token: 0, nginx: 0, nginxAuth: 0 };
    // Each is first as often as any other: whoever is first finds cold caches.
    for (let k = 0; k < names.length; k++) {
      const name = names[(i + k) % names.length] ?? "open";
      round[name] = await cases[name]();
    }
    rounds.push(round);
  }
  const warm = rounds.slice(WARM_UP);
  const of = (name: keyof typeof cases): number => median(warm.map((round) => round[name]));
  const added = (name: "none" | "token"): number =>
    median(warm.map((round) => round[name] - round.open));
  const nginxAdds = median(warm.map((round) => round.nginxAuth - round.nginx));
  const peer = { value: nginxAdds, name: "nginx auth_request" };
  return [
    figure("CPU of a request to an open route", "µs", of("open")),
    figure("CPU of a request by nginx", "µs", of("nginx")),
    figure("CPU of a request by nginx with auth_request", "µs", of("nginxAuth")),
    atMost("CPU that a known token and its policy add", "µs", added("none"), 10, peer),
    atMost("the same with a narrowed token for the app", "µs", added("token"), 10, peer),
  ];
}

/** Microseconds of CPU for each of many requests on connections that are kept. */
async function costOf(pid: number, port: number, host: string, token: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const before = await cpuNsOf(pid);
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (sent < REQUESTS) {
      sent += 1;
      const status = await askWith({ port, host, token, agent });
      if (status !== 200) throw new Error(`status ${status} from ${host}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, loop));
  agent.destroy();
  return ((await cpuNsOf(pid)) - before) / REQUESTS / 1_000;
}

/**
 * What good requests wait beside a flood of bad tokens, to what they wait beside as many good ones: by turns, and of all
 * turns together, since one pause of the machine makes the p99 of a single turn.
 */
async function badTokenRows(port: number, short: boolean): Promise<Row[]> {
  const rounds = short ? TURNS.short : TURNS.full;
  const forger = KeyPair.generate();
  const forged = Array.from({ length: RATE.beside * SECONDS * rounds }, () => tokenOf(forger));
  const known = tokenOf();
  let next = 0;
  const beside: number[] = [];
  const flooded: number[] = [];
  for (let i = 0; i < rounds; i++) {
    beside.push(...(await latenciesBeside(port, () => known)).latenciesMs);
    const flood = await latenciesBeside(port, () => forged[next++ % forged.length] ?? "");
    flooded.push(...flood.latenciesMs);
    if (flood.statuses.has(200)) throw new Error("a forged token was let in");
  }
  const what = `good requests' p99 beside ${RATE.beside} bad tokens a second`;
  return [
    figure(what, "ms", p99Of(flooded)),
    atMost(`${what}, to beside as many known ones`, "×", p99Of(flooded) / p99Of(beside), 1.5),
  ];
}

const p99Of = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;

async function latenciesBeside(
  port: number,
  besideToken: () => string,
): Promise<{ latenciesMs: readonly number[]; statuses: ReadonlyMap<number, number> }> {
  const known = tokenOf();
  const agents = Array.from(
    { length: CLIENTS },
    () => new Agent({ keepAlive: true, maxSockets: 2 }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  let client = 0;
  const beside = new OpenLoad(RATE.beside, () => {
    const at = (client += 1) % CLIENTS;
    const ofClient = agents[at] ?? agent;
    const from = `127.0.1.${at + 1}`;
    return askWith({ port, host: HOSTS.none, token: besideToken(), agent: ofClient, from });
  });
  await delay(500);
  const good = new OpenLoad(RATE.good, () =>
    askWith({ port, host: HOSTS.none, token: known, agent }),
  );
  await delay(SECONDS * 1_000 - 500);
  await good.stop();
  const statuses = await beside.stop();
  for (const one of [agent, ...agents]) one.destroy();
  return { latenciesMs: good.latenciesMs, statuses };
}

/** From the control plane's word to the moment at which every worker refuses the token. */
async function revocationRow(
  port: number,
  control: GatewayControlPlane,
  short: boolean,
): Promise<Row> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const times: number[] = [];
  for (let i = 0; i < (short ? REVOCATIONS.short : REVOCATIONS.full); i++) {
    const token = biscuit`user("alice"); role("acme", "developer");`.rootKeyId(1).sign(root);
    const asked = { port, host: HOSTS.none, token: token.toString(), agent };
    if ((await askWith(asked)) !== 200) throw new Error("a good token was refused");
    const id = token.revocationIds[0] ?? "";
    const began = performance.now();
    await control.put([[revocationKey({ id }), { id }]]);
    const status = await askWith(asked);
    if (status !== 401) throw new Error(`a revoked token was answered with ${status}`);
    times.push(performance.now() - began);
  }
  agent.destroy();
  return atMost("a revocation until the token is refused, p99", "ms", p99Of(times), 1_000);
}
