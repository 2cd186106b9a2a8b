import type { GatewayRoute, GatewayUpstream, GatewayWorker } from "@bastide/contracts";
import { addressKey } from "../table/route-table.ts";
import type { WorkerStatus } from "../worker/messages.ts";
import type { Overlay } from "./overlay.ts";
import type { WorkerPool } from "./worker-pool.ts";

export async function listWorkers(pool: WorkerPool): Promise<GatewayWorker[]> {
  const statuses = await askStatus(pool);
  return pool.workers.map((worker) => {
    const status = statuses.get(worker.number);
    return {
      number: worker.number,
      pid: worker.pid,
      state: worker.state,
      startedAt: worker.startedAt.toISOString(),
      connections: status?.connections ?? 0,
      inFlight: status?.inFlight.reduce((sum, [, count]) => sum + count, 0) ?? 0,
    };
  });
}

export function listRoutes(pool: WorkerPool, overlay: Overlay): GatewayRoute[] {
  return Array.from(pool.routes, ([key, route]) => ({
    key,
    source: overlay.sourceOf(key),
    route,
  }));
}

export async function listUpstreams(
  pool: WorkerPool,
  overlay: Overlay,
): Promise<GatewayUpstream[]> {
  const statuses = [...(await askStatus(pool)).values()];
  const inFlight = new Map<string, number>();
  for (const status of statuses)
    for (const [instance, count] of status.inFlight)
      inFlight.set(instance, (inFlight.get(instance) ?? 0) + count);
  const aside = new Set(statuses.flatMap((status) => status.aside));
  const found = new Map<string, GatewayUpstream & { routes: string[] }>();
  for (const [key, { upstreams }] of pool.routes)
    for (const { instance, host, port, weight } of upstreams) {
      const known = found.get(instance);
      if (known) {
        known.routes.push(key);
        known.weight = Math.max(known.weight, weight);
        continue;
      }
      const address = addressKey({ host, port });
      found.set(instance, {
        instance,
        host,
        port,
        weight,
        routes: [key],
        inFlight: inFlight.get(instance) ?? 0,
        aside: aside.has(address),
        drained: overlay.drained.has(instance) || overlay.drained.has(address),
      });
    }
  return [...found.values()];
}

async function askStatus(pool: WorkerPool): Promise<ReadonlyMap<number, WorkerStatus>> {
  const answers = await pool.ask("status");
  return new Map(answers.map(({ worker, value }) => [worker.number, readStatus(value)]));
}

/** A worker is this program too: what it says has the shape that it should. */
function readStatus(value: unknown): WorkerStatus {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as WorkerStatus;
}
