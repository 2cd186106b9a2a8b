import { setTimeout as delay } from "node:timers/promises";
import {
  ask,
  atLeast,
  atMost,
  Backends,
  figure,
  GatewayControlPlane,
  GatewayProcess,
  median,
  type Row,
  TaggedLoad,
  type TaggedResult,
  until,
  WebSockets,
} from "@bastide/e2e";
import { nginxReloadFailures } from "./nginx-reload.ts";

const HOST = "hot.localhost";
const RATE = 300;
/** Hosts beside the one that is asked, which come, change and go. */
const HOSTS = 1_000;
const say = (line: string) => process.stderr.write(`${line}\n`);

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? Number.NaN;

/** Which backend answers for the host, generation by generation. */
class Generations {
  begun = 0;
  acknowledged = 0;
  readonly #control: GatewayControlPlane;
  readonly #backends: Backends;

  constructor(control: GatewayControlPlane, backends: Backends) {
    this.#control = control;
    this.#backends = backends;
  }

  readonly backendOf = (generation: number): number => generation % this.#backends.ports.length;

  async next(): Promise<void> {
    this.begun += 1;
    const { begun } = this;
    await this.#control.change([this.#backends.route(HOST, begun)]);
    this.acknowledged = Math.max(this.acknowledged, begun);
  }

  load(port: number): TaggedLoad {
    return new TaggedLoad({
      port,
      host: HOST,
      requestsPerSecond: RATE,
      acknowledged: () => this.acknowledged,
      begun: () => this.begun,
      backendOf: this.backendOf,
    });
  }
}

function tell(result: TaggedResult): void {
  for (const line of [...result.failures, ...result.stale].slice(0, 5)) say(`  ${line}`);
}

/** 1,000 changes a second, twenty of them of the very host that is asked. */
async function changeRows(seconds: number): Promise<Row[]> {
  await using control = await new GatewayControlPlane().start();
  await using backends = await Backends.start(4);
  await using gateway = await GatewayProcess.make();
  await gateway.start(control.url);
  const generations = new Generations(control, backends);
  await generations.next();
  const load = generations.load(gateway.port);
  say(`1,000 route changes a second for ${seconds} s under ${RATE} requests/s …`);
  control.latenciesMs.length = 0;
  const begin = performance.now();
  let changes = 0;
  const pending: Promise<void>[] = [];
  while (performance.now() - begin < seconds * 1000) {
    const due = Math.min(seconds * 1000, performance.now() - begin);
    for (; changes < due; changes++)
      pending.push(changeOne(changes, control, backends, generations));
    await delay(1);
  }
  const took = (performance.now() - begin) / 1000;
  await Promise.all(pending);
  const result = await load.stop();
  tell(result);
  return [
    atLeast("route changes, sustained", "/s", changes / took, 950, {
      value: 2,
      name: "nginx reload",
    }),
    atMost(
      `failed requests of ${result.requests} during ${changes} changes`,
      "",
      result.failures.length,
      0,
    ),
    atMost(
      "answers of a backend that was neither the one before nor after",
      "",
      result.stale.length,
      0,
    ),
    figure("change → acknowledged, p50", "ms", percentile(control.latenciesMs, 0.5)),
    atMost("change → acknowledged, p99", "ms", percentile(control.latenciesMs, 0.99), 20),
  ];
}

function changeOne(
  number: number,
  control: GatewayControlPlane,
  backends: Backends,
  generations: Generations,
): Promise<void> {
  if (number % 50 === 0) return generations.next();
  const route = backends.route(`host-${number % HOSTS}.localhost`, number);
  return number % 7 === 0 ? control.change([], [route]) : control.change([route]);
}

/** Does `step` again and again under load, with WebSockets held open over it, and generations that change. */
async function underLoad(
  what: string,
  times: number,
  step: (gateway: GatewayProcess) => Promise<number>,
): Promise<Row[]> {
  await using control = await new GatewayControlPlane().start();
  await using backends = await Backends.start(4);
  await using gateway = await GatewayProcess.make();
  await gateway.start(control.url, { BASTIDE_WORKERS: "2", BASTIDE_DRAIN_MS: "3600000" });
  const generations = new Generations(control, backends);
  await generations.next();
  const load = generations.load(gateway.port);
  const sockets = new WebSockets(gateway.port, HOST);
  say(`${times} ${what} under ${RATE} requests/s …`);
  const tookMs: number[] = [];
  for (let done = 0; done < times;) {
    await sockets.open();
    const begin = performance.now();
    done += await step(gateway);
    tookMs.push(performance.now() - begin);
    await generations.next();
    await sockets.endOldest(4);
  }
  const result = await load.stop();
  const { cut, opened } = sockets;
  await sockets.endOldest(0);
  tell(result);
  return [
    atMost(
      `failed requests of ${result.requests} during ${times} ${what}`,
      "",
      result.failures.length,
      0,
    ),
    atMost(`answers by a stale route during ${times} ${what}`, "", result.stale.length, 0),
    atMost(`WebSockets of ${opened} refused or cut during ${times} ${what}`, "", cut, 0),
    figure(`one of the ${what}, median`, "ms", median(tookMs)),
  ];
}

const replaceWorkers = async (gateway: GatewayProcess): Promise<number> => {
  const { replaced } = await gateway.command<{ replaced: number }>({ command: "replace-workers" });
  return replaced;
};

const upgrade = async (gateway: GatewayProcess): Promise<number> => {
  await gateway.command({ command: "upgrade" });
  return 1;
};

/** From nothing to the first answer of the last of many hosts, from what is on the disk alone. */
async function startRows(hosts: number, runs: number): Promise<Row[]> {
  await using backends = await Backends.start(1);
  await using gateway = await GatewayProcess.make();
  const last = `host-${hosts - 1}.localhost`;
  {
    await using control = await new GatewayControlPlane().start();
    await gateway.start(control.url);
    await control.change(
      Array.from({ length: hosts }, (_, i) => backends.route(`host-${i}.localhost`, 0)),
    );
    await gateway.stop();
  }
  say(`starting with ${hosts} hosts …`);
  const times: number[] = [];
  const floors: number[] = [];
  for (let run = 0; run < runs; run++) {
    times.push(await startMs(gateway, last));
    await using bare = await GatewayProcess.make();
    floors.push(await startMs(bare, undefined));
  }
  return [
    figure("start of a gateway without hosts", "s", median(floors) / 1000),
    atMost(`start with ${hosts} hosts, to the first answer`, "s", median(times) / 1000, 1),
  ];
}

async function startMs(gateway: GatewayProcess, host: string | undefined): Promise<number> {
  const begin = performance.now();
  await gateway.start("http://127.0.0.1:9");
  if (host !== undefined)
    await until(
      "the last host answers",
      async () => (await ask({ port: gateway.port, host })).status === 200,
    );
  const took = performance.now() - begin;
  await gateway.stop();
  return took;
}

export async function hotRows(short: boolean): Promise<Row[]> {
  const seconds = short ? 5 : 30;
  const changes = await changeRows(seconds);
  say("nginx reloading twice a second, the same load …");
  const nginx = await nginxReloadFailures(RATE, short ? 5 : 15);
  return [
    ...changes,
    figure(`nginx: failed requests during ${nginx.reloads} reloads`, "", nginx.failures),
    ...(await underLoad("worker replacements", short ? 20 : 200, replaceWorkers)),
    ...(await underLoad("program upgrades", short ? 3 : 10, upgrade)),
    ...(await startRows(10_000, short ? 3 : 7)),
  ];
}
