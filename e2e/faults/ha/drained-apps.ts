import { join } from "node:path";
import { endpoints } from "@bastide/contracts";
import { failed, INSTALLATION, Load, type Sample, until } from "../../src/index.ts";
import { atLeastSo, type Finding, never, took } from "./finding.ts";
import { type HaNode, settled } from "./ha-nodes.ts";
import type { World } from "./world.ts";

/** Of one instance each: there is no other to answer while it moves. */
export const APPS: readonly string[] = Array.from({ length: 20 }, (_, n) => `drained-${n + 1}`);

/** To all of them together; the two services' two hundred go on beside it. */
const PER_SECOND = 200;
/** A drain takes several seconds. */
const LEAST_REQUESTS = 5 * PER_SECOND;
const DEPLOYED_AT_ONCE = 2;
const ASK_MS = 30_000;

/** Puts all of them on the node that has the drill, by giving the others nothing new. */
export async function deployApps(world: World, afterwards: AsyncDisposableStack): Promise<void> {
  const { platform, nodes, shop } = world;
  const holder = await settled(platform, nodes);
  const others = nodes.filter(({ name }) => name !== holder);
  afterwards.defer(() => removeApps(world));
  await using cordoned = new AsyncDisposableStack();
  for (const { name } of others) {
    cordoned.defer(async () => void (await shop.must("node", "uncordon", name)));
    await shop.must("node", "cordon", name);
  }
  const queue = [...APPS];
  const deploy = async (): Promise<void> => {
    for (let app = queue.shift(); app !== undefined; app = queue.shift())
      await shop.must("deploy", join(INSTALLATION, "examples/node-http"), "--app", app);
  };
  await Promise.all(Array.from({ length: DEPLOYED_AT_ONCE }, deploy));
}

/** The node is drained while clients ask all of its apps. */
export async function appsDrained(
  world: World,
  holder: HaNode,
  heals: AsyncDisposableStack,
): Promise<readonly Finding[]> {
  const { platform, shop } = world;
  const { port } = platform;
  const before = await appsOn(world, holder.name);
  const requestsPerSecond = PER_SECOND / APPS.length;
  const loads = APPS.map((app) =>
    new Load({ port, host: `${app}.localhost:${port}`, requestsPerSecond }).start(),
  );
  let drainedMs = 0;
  try {
    world.startsNow();
    heals.defer(async () => void (await shop.must("node", "uncordon", holder.name)));
    await shop.must("node", "drain", holder.name);
    drainedMs = performance.now() - world.faultAtMs;
    await world.taken(holder.name);
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
  const samples = loads.flatMap((load) => load.samples);
  const wrong = samples.filter(failed);
  for (const [how, some] of Map.groupBy(wrong, howItFailed))
    process.stderr.write(`  ${some.length} of the apps' requests failed: ${how}\n`);
  return [
    atLeastSo("apps on the node before", before.size, APPS.length),
    never("apps left on it", (await appsOn(world, holder.name)).size),
    took("the drain took", drainedMs),
    atLeastSo("requests to the apps meanwhile", samples.length, LEAST_REQUESTS),
    never("requests to the apps that failed", wrong.length),
  ];
}

const howItFailed = ({ status, error, body }: Sample): string =>
  error ?? `${status} ${body.slice(0, 300)}`;

/** Which of the apps have an instance on a node. */
async function appsOn({ platform }: World, node: string): Promise<ReadonlySet<string>> {
  const api = await platform.api();
  const signal = AbortSignal.timeout(ASK_MS);
  const { running } = await api.call(endpoints.nodes.get, { parameters: { node }, signal });
  return new Set(running.flatMap(({ app }) => (app && APPS.includes(app) ? [app] : [])));
}

async function removeApps(world: World): Promise<void> {
  const api = await world.platform.api();
  const { items } = await api.call(endpoints.apps.list, {
    parameters: { organisation: "main", project: "main" },
    query: { limit: 100 },
    signal: AbortSignal.timeout(ASK_MS),
  });
  for (const app of items.map(({ name }) => name).filter((name) => APPS.includes(name)))
    await api.call(endpoints.apps.delete, {
      parameters: { organisation: "main", project: "main", app },
      signal: AbortSignal.timeout(ASK_MS),
    });
  await until("nothing of the apps runs", async () => {
    const left = await Promise.all(world.nodes.map(({ name }) => appsOn(world, name)));
    return left.every(({ size }) => size === 0);
  });
}
