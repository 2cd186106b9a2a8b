import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { atMost, figure, median, type Row } from "@bastide/e2e";
import { AloneGateway } from "./alone-gateway.ts";

const FEW = 10;
const MANY = 10_000;
const ROUNDS = 21;
const REQUESTS = 1_000;
const STARTS = 5;

/** What ten thousand hosts cost beside ten: the start, the memory, and the CPU of each request, measured in turn. */
export async function routingRows(): Promise<Row[]> {
  const upstream = createServer((_, response) => response.end("ok"));
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const { port } = upstream.address() as AddressInfo;
  try {
    return [...(await startRows(port)), ...(await requestRows(port))];
  } finally {
    upstream.closeAllConnections();
    upstream.close();
  }
}

async function startRows(upstreamPort: number): Promise<Row[]> {
  const times = new Map<number, number[]>([
    [FEW, []],
    [MANY, []],
  ]);
  for (let i = 0; i < STARTS; i++)
    for (const [hosts, list] of times) {
      await using gateway = await AloneGateway.start(hosts, upstreamPort);
      list.push(gateway.startMs);
    }
  const [few = 0, many = 0] = Array.from(times.values(), median);
  return [
    figure(`start with ${FEW} hosts, by a file`, "ms", few),
    atMost(`start with ${MANY} hosts, by a file`, "ms", many, 1_000),
  ];
}

async function requestRows(upstreamPort: number): Promise<Row[]> {
  await using few = await AloneGateway.start(FEW, upstreamPort);
  await using many = await AloneGateway.start(MANY, upstreamPort);
  const costs: { few: number; many: number }[] = [];
  for (let i = 0; i < ROUNDS; i++)
    costs.push({ few: await costOf(few, FEW), many: await costOf(many, MANY) });
  // The first rounds are the compiler's.
  const warm = costs.slice(5);
  const ratio = median(warm.map((cost) => cost.many / cost.few));
  const mib = (await many.pssBytes()) / 2 ** 20;
  return [
    figure(`CPU of a request with ${FEW} hosts`, "µs", median(warm.map((cost) => cost.few))),
    figure(`CPU of a request with ${MANY} hosts`, "µs", median(warm.map((cost) => cost.many))),
    atMost(`the same, ${MANY} hosts to ${FEW}`, "×", ratio, 1.05),
    figure(`memory with ${MANY} hosts, all processes`, "MiB", mib),
  ];
}

/** Microseconds of the gateway's CPU for each of many requests, spread over its hosts. */
async function costOf(gateway: AloneGateway, hosts: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const before = await gateway.cpuNs();
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < REQUESTS) {
      next += 1;
      await ask(gateway.port, AloneGateway.hostOf((next * 7919) % hosts), agent);
    }
  };
  await Promise.all(Array.from({ length: 8 }, loop));
  agent.destroy();
  return ((await gateway.cpuNs()) - before) / REQUESTS / 1_000;
}

function ask(port: number, host: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, agent, headers: { host } }, (answer) => {
      answer.resume();
      answer.once("end", () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`)),
      );
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}
