import { type Domain, endpoints } from "@bastide/contracts";
import { DataSource } from "typeorm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DomainsBench, HERE } from "./domains-bench.ts";
import { until } from "./platform.ts";

const DOMAIN = "renewed.example.com";
const MAIN = { organisation: "main", project: "main", environment: "production", app: "shop" };
const MINUTE_MS = 60_000;
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

let bench: DomainsBench;
let dns: DomainsBench["dns"];
let pebble: DomainsBench["pebble"];
let orchestrator: DomainsBench["orchestrator"];
let gateway: DomainsBench["gateway"];
let admin: DomainsBench["admin"];

beforeAll(async () => {
  bench = await DomainsBench.start("shop");
  ({ dns, pebble, orchestrator, gateway, admin } = bench);
  dns.zone[DOMAIN] = { A: [HERE] };
});
afterAll(() => bench[Symbol.asyncDispose]());

const query = (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
  orchestrator.app.get(DataSource).query(sql, [...values]);

async function certificate(): Promise<Domain["certificate"]> {
  const { items } = await admin.call(endpoints.domains.list, { parameters: MAIN, signal: soon() });
  const [found] = items;
  if (!found) throw new Error("the domain is not listed");
  return found.certificate;
}

/** As if the pause were over: what comes of the attempt that is due then. */
async function attempt(): Promise<{ pauseMs: number } & Domain["certificate"]> {
  await query("update domains set next_attempt_at = now() where domain = $1", [DOMAIN]);
  await query("select graphile_worker.add_job('domain-certificates')");
  return until("the attempt is over", async () => {
    const now = await certificate();
    const pauseMs = Date.parse(now.nextAttemptAt ?? "") - Date.now();
    return pauseMs > 1_000 ? { ...now, pauseMs } : undefined;
  });
}

it("an authority that goes away in the middle of a renewal leaves the old certificate in use, and gets another chance later and later", async () => {
  await admin.call(endpoints.domains.add, {
    parameters: MAIN,
    body: { domain: DOMAIN },
    signal: soon(),
  });
  await until("it is issued", async () => (await certificate()).state === "issued");
  const root = await pebble.root();
  const serial = async (ca: string) => (await gateway.shown(DOMAIN, ca))?.serialNumber;
  const first = await until("it is shown", () => serial(root));
  const shown: (string | undefined)[] = [];
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) shown.push(await serial(root));
  })();

  pebble.dieSaying("/order-plz");
  const pauses: number[] = [];
  for (let failures = 1; failures <= 3; failures++) {
    const { state, reason, pauseMs } = await attempt();
    expect([state, pebble.isRunning]).toEqual(["issued", false]);
    expect(reason).toMatch(/reached|connection|hang up|reset/i);
    pauses.push(pauseMs);
  }
  // 1, 5, 20 minutes, each with up to a quarter taken off at random, and what passed since.
  for (const [i, most] of [1, 5, 20].entries()) {
    expect(pauses[i]).toBeLessThanOrEqual(most * MINUTE_MS);
    expect(pauses[i]).toBeGreaterThan(most * MINUTE_MS * 0.75 - 10_000);
  }
  over.abort();
  await watching;
  expect(shown.length).toBeGreaterThan(3);
  expect(new Set(shown)).toEqual(new Set([first]));

  await pebble.run();
  const after = await attempt();
  expect(after).toMatchObject({ state: "issued" });
  expect(after.reason).toBeUndefined();
  const next = await pebble.root();
  await until("the renewed one is shown", () => serial(next));
});
