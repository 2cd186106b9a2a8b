import { readFileSync } from "node:fs";
import { join } from "node:path";
import { endpoints, type GatewayExplanation, type GatewayStatus } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failed, fetchAt, fetchHttp1, fetchHttp2, ManyNodes, until } from "../src/index.ts";

const APP = "pair";
const POLICY = 'allow if role($org, "developer"), resource_org($org)';

let many: ManyNodes;
let addresses: readonly string[];
let second: string;
beforeAll(async () => {
  many = await ManyNodes.start(APP);
  const found = await twoGateways();
  addresses = [...found.values()];
  second = [...found.keys()].find((node) => node !== own(found)) ?? "";
});
afterAll(() => many.platform.destroy());

/** Two of them run, and nothing is left of a third. */
const twoGateways = (): Promise<ReadonlyMap<string, string>> =>
  until("two gateways run, one on the first node", async () => {
    const found = await many.gateways();
    return found.size === 2 && own(found) !== undefined && found;
  });

/** The node on the control plane's own machine. */
const own = (gateways: ReadonlyMap<string, string>): string | undefined =>
  [...gateways].find(([, address]) => address === "127.0.0.1")?.[0];

const url = (host: string): string => `http://${host}.localhost:${many.platform.port}`;

const ask = (address: string, host: string, path = "/", token?: string): Promise<Response> =>
  fetchAt(address, url(host) + path, {
    signal: AbortSignal.timeout(10_000),
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });

/** What each gateway answers, in their order. */
const statuses = (host: string, path = "/", token?: string): Promise<number[]> =>
  Promise.all(addresses.map(async (address) => (await ask(address, host, path, token)).status));

async function seen(address: string, field: "instance" | "release"): Promise<Set<string>> {
  const found = new Set<string>();
  for (let i = 0; i < 12; i++) {
    const body: unknown = await (await ask(address, APP)).json();
    found.add(String(new Map(Object.entries(Object(body))).get(field)));
  }
  return found;
}

/** What it gives waits until another one answers. */
function killControlPlane(): () => Promise<unknown> {
  const file = join(many.platform.home, "run/orchestrator.pid");
  const running = (): number => Number(readFileSync(file, "utf8").split(" ")[0]);
  const killed = running();
  process.kill(killed, "SIGKILL");
  return () =>
    until("the control plane is back", async () => {
      const { stdout } = await many.platform.cli(["status", "--json"]);
      return running() !== killed && stdout.includes("gateway");
    });
}

describe("two gateways on three nodes", () => {
  it("each lead to every instance, wherever it runs, and to the platform itself", async () => {
    const instances = (await many.instances()).map(({ id }) => id).toSorted();
    for (const address of addresses)
      expect([...(await seen(address, "instance"))].toSorted()).toEqual(instances);
    expect(await statuses("bastide")).toEqual([200, 200]);
    expect(await statuses("bastide", "/v1/nodes")).toEqual([401, 401]);
  });

  it("are both known to the CLI on their machine, each by its node, and one where it is named", async () => {
    type Gateways<T> = { readonly gateways: readonly (T & { readonly node: string })[] };
    const nodes = [...(await many.gateways()).keys()].toSorted();
    const both = await many.platform.json<Gateways<GatewayStatus>>(["gateway", "status"]);
    expect(both.gateways.map(({ node }) => node).toSorted()).toEqual(nodes);
    const named = ["gateway", "status", "--node", second];
    const one = await many.platform.json<Gateways<GatewayStatus>>(named);
    expect(one.gateways.map(({ node }) => node)).toEqual([second]);
    const explained = await many.platform.json<Gateways<GatewayExplanation>>([
      "gateway",
      "explain",
      "GET",
      url(APP),
    ]);
    expect(explained.gateways.map(({ outcome }) => outcome)).toEqual(["forwarded", "forwarded"]);
    const top = await many.must("gateway", "top");
    const metrics = await many.must("gateway", "metrics");
    for (const node of nodes) {
      expect(top).toContain(`${node}: `);
      expect(metrics).toContain(`bastide_gateway_info{node="${node}"} 1`);
      expect(metrics).toContain(`bastide_gateway_retries_total{node="${node}"} `);
    }
    const drained = await many.platform.cli(["gateway", "drain"]);
    expect([drained.code, drained.stderr]).toEqual([2, expect.stringContaining("--node")]);
  });

  it("each answer over HTTPS, by the same certificate", async () => {
    const api = await many.platform.api();
    const { certificate: ca } = await api.call(endpoints.platform.certificateAuthority, {
      signal: AbortSignal.timeout(10_000),
    });
    const { httpsPort: port = 0 } = many.platform;
    for (const address of addresses)
      for (const fetch of [fetchHttp1, fetchHttp2])
        expect((await fetch({ address, port, host: `${APP}.localhost`, ca })).status).toBe(200);
  });

  it("each refuse a protected path, and a token from the moment that it was revoked", async () => {
    await many.must("route", "protect", APP, "--policy", POLICY);
    const source = 'user("alice"); role("main", "developer");';
    const token = (await many.must("token", "new", "--source", source, "--ttl", "1h")).trim();
    expect(await statuses(APP)).toEqual([401, 401]);
    expect(await statuses(APP, "/", token)).toEqual([200, 200]);
    const { code, stdout } = await many.platform.cli(["token", "revoke", "--token-stdin"], {
      input: token,
    });
    expect([code, stdout]).toEqual([0, expect.stringContaining("in force at every gateway")]);
    expect(await statuses(APP, "/", token)).toEqual([401, 401]);
    await many.must("route", "unprotect", APP);
    expect(await statuses(APP)).toEqual([200, 200]);
  });

  it("each give the new release, and only that, from the moment that it is deployed, and fail nothing on the way", async () => {
    const samples = await many.underLoad(
      async () => {
        await many.must("env", "set", "GREETING=again", "--app", APP);
        for (const address of addresses) expect((await seen(address, "release")).size).toBe(1);
      },
      { by: addresses },
    );
    expect(samples.filter(failed)).toEqual([]);
    await many.settled();
  });

  it("each go on while the control plane is gone, and are as they were when it is back", async () => {
    const before = await many.gateways();
    const samples = await many.underLoad(() => killControlPlane()(), {
      by: addresses,
    });
    expect(samples.filter(failed)).toEqual([]);
    expect(await twoGateways()).toEqual(before);
  });
});

describe("a gateway whose machine is lost", () => {
  it("has its place taken on another, though the control plane was away when it went, and the first one fails nothing meanwhile", async () => {
    const samples = await many.underLoad(async () => {
      const back = killControlPlane();
      await many.must("node", "unplug", second);
      await back();
      const found = await until("another has taken over", async () => {
        const now = await many.gateways();
        return now.size === 2 && !now.has(second) && now;
      });
      addresses = [...found.values()];
    });
    expect(samples.filter((sample) => failed(sample) && !sample.begun)).toEqual([]);
    await until("both know the app", async () => (await statuses(APP)).every((one) => one === 200));
    await many.must("env", "set", "GREETING=without it", "--app", APP);
    for (const address of addresses) expect((await seen(address, "release")).size).toBe(1);
  });

  it("is one too many when that is back", async () => {
    await many.must("node", "plug", second);
    await many.livenessIs(second, "alive");
    await twoGateways();
    expect((await many.platform.status()).healthy).toBe(true);
  });
});
