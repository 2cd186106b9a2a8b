import type { GatewayStatus } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { instanceId, route } from "../src/table/route.fixture.ts";
import { command } from "./harness/control-client.ts";
import { ControlPlane } from "./harness/control-plane.ts";
import { gatewayHome, GatewayProcess, isRunning } from "./harness/gateway-process.ts";
import { ask, keepAliveAgent } from "./harness/http-client.ts";
import { Load } from "./harness/load.ts";
import { deadPort, httpApp, RawClient, until, upgradingApp } from "./harness/sockets.ts";

const HOST = "shop.localhost";
const headers = { host: HOST };
const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const WEB_SOCKET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

async function bench(environment: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await gatewayHome());
  const control = stack.use(await new ControlPlane().start());
  const port = await deadPort();
  const gateway = stack.use(
    await GatewayProcess.start(home.path, control.url, port, {
      BASTIDE_WORKERS: "2",
      ...environment,
    }),
  );
  const status = () => command<GatewayStatus>(home.path, { command: "status" });
  const workers = async () =>
    (await status()).workers.filter(({ state }) => state === "serving").map(({ pid }) => pid);
  const { BASTIDE_WORKERS = "2" } = environment;
  await until(
    "all workers serve",
    async () => (await workers()).length === Number(BASTIDE_WORKERS),
  );
  const dispose = () => stack.disposeAsync();
  return { home, control, port, gateway, status, workers, [Symbol.asyncDispose]: dispose };
}

describe("workers", () => {
  it("have a version in force, all of them, before it is acknowledged", async () => {
    await using b = await bench();
    await using first = await httpApp((_, response) => response.end("first"));
    await using second = await httpApp((_, response) => response.end("second"));
    for (let round = 0; round < 20; round++) {
      const [app, name] = round % 2 === 0 ? [first, "first"] : [second, "second"];
      await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => ask(b.port, "/", { headers })),
      );
      expect(new Set(answers.map(({ body }) => body))).toEqual(new Set([name]));
    }
  });

  it("killed, are replaced at once; no new connection fails, and other workers' clients notice nothing", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const [victim = 0, other = 0] = await b.workers();
    process.kill(other, "SIGSTOP");
    using doomed = new RawClient(b.port, GET);
    await doomed.receives("ok");
    process.kill(other, "SIGCONT");
    process.kill(victim, "SIGSTOP");
    using spared = new RawClient(b.port, GET);
    await spared.receives("ok");
    process.kill(victim, "SIGKILL");
    await doomed.closes();
    for (let i = 0; i < 20; i++) expect((await ask(b.port, "/", { headers })).body).toBe("ok");
    await until("two workers serve", async () => (await b.workers()).length === 2);
    expect(await b.workers()).not.toContain(victim);
    spared.socket.write(GET);
    await until(
      "the same connection answers again",
      () => spared.received.split("200 OK").length === 3,
    );
    expect(b.gateway.output).toContain("worker died");
  });

  it("that hang are killed, and the acknowledgement waits for those that serve only", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const [frozen = 0] = await b.workers();
    process.kill(frozen, "SIGSTOP");
    const version = b.control.set(route("late.localhost", [app.port]));
    await b.control.source.waitForAcknowledgement(version, AbortSignal.timeout(40_000));
    expect(await b.workers()).not.toContain(frozen);
    expect(b.gateway.output).toContain("does not answer");
    expect((await ask(b.port, "/", { headers: { host: "late.localhost" } })).body).toBe("ok");
  });

  it("are replaced one by one under load, without a failed request", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const before = await b.workers();
    const load = new Load(b.port, HOST);
    await until("some requests", () => load.count > 50);
    for (let round = 0; round < 3; round++)
      expect(await command(b.home.path, { command: "replace-workers" })).toEqual({ replaced: 2 });
    const { count } = load;
    await until("requests go on", () => load.count > count + 50);
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect((await b.workers()).filter((pid) => before.includes(pid))).toEqual([]);
    await until("the old ones have ended", async () => (await b.status()).workers.length === 2);
  });

  it("replaced, answer what comes on an idle connection that was not told, by the table of then", async () => {
    await using b = await bench({ BASTIDE_WORKERS: "1" });
    await using first = await httpApp((_, response) => response.end("first"));
    await using second = await httpApp((_, response) => response.end("second"));
    await b.control.acknowledged(b.control.set(route(HOST, [first.port])));
    using client = new RawClient(b.port, GET);
    await client.receives("first");
    await command(b.home.path, { command: "replace-workers" });
    await b.control.acknowledged(b.control.set(route(HOST, [second.port])));
    expect(client.isClosed).toBe(false);
    client.socket.write(GET);
    await client.closes();
    expect(client.received).toMatch(/first[^]*Connection: close[^]*second/i);
  });

  it("replaced, keep WebSockets until their deadline, and say of them that their instance is busy", async () => {
    await using b = await bench({ BASTIDE_WORKERS: "1", BASTIDE_DRAIN_MS: "3000" });
    await using app = await upgradingApp();
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    using socket = new RawClient(b.port, WEB_SOCKET);
    await socket.receives("101");
    const [old] = await b.workers();
    await command(b.home.path, { command: "replace-workers" });
    await b.control.acknowledged(b.control.set(route(HOST, [])));
    expect(b.control.reports.at(-1)).toEqual([instanceId(app.port)]);
    socket.socket.write("still there");
    await socket.receives("still there");
    expect((await b.status()).workers.find(({ pid }) => pid === old)?.state).toBe("retiring");
    await socket.closes();
    await until("nobody is busy", () => b.control.reports.at(-1)?.length === 0);
    expect((await b.status()).workers.map(({ pid }) => pid)).not.toContain(old);
  });

  it("of a primary that was killed finish what they do; the launcher starts another, and no connection is refused", async () => {
    await using b = await bench();
    const asked = Promise.withResolvers<() => void>();
    await using app = await httpApp((request, response) => {
      if (request.url === "/slow") asked.resolve(() => response.end("slow"));
      else response.end("ok");
    });
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const slow = ask(b.port, "/slow", { headers });
    const finish = await asked.promise;
    const { pid } = await b.status();
    process.kill(pid, "SIGKILL");
    for (let i = 0; i < 10; i++) expect((await ask(b.port, "/", { headers })).body).toBe("ok");
    finish();
    expect((await slow).body).toBe("slow");
    const now = () => b.status().catch(() => ({ pid }));
    await until("another primary", async () => (await now()).pid !== pid);
    expect(b.gateway.hasExited).toBe(false);
  });

  it("and their primary end by themselves when the launcher was killed alone", async () => {
    await using b = await bench();
    const processes = [(await b.status()).pid, ...(await b.workers())];
    process.kill(b.gateway.child.pid ?? Number.NaN, "SIGKILL");
    await until("none is left", () => !processes.some(isRunning));
    await using again = await GatewayProcess.start(b.home.path, b.control.url, b.port);
    expect(again.hasExited).toBe(false);
  });

  it("add up their metrics, of which only the control socket tells routes", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const agent = keepAliveAgent(4);
    await Promise.all(Array.from({ length: 40 }, () => ask(b.port, "/", { headers, agent })));
    agent.destroy();
    const metrics = { command: "metrics", format: "prometheus" };
    const text = await command<string>(b.home.path, metrics);
    expect(text).toContain(
      `bastide_gateway_route_answers_total{route="${HOST}/",class="2xx"} 40\n`,
    );
    expect(text).toContain('bastide_gateway_workers{state="serving"} 2\n');
    const open = (await ask(b.port, "/.bastide/metrics")).body;
    expect(open).toContain('bastide_gateway_requests_total{end="answered"} 40\n');
    expect(open).not.toContain(HOST);
    await command(b.home.path, { command: "replace-workers" });
    await until("what the old ones counted is kept", async () =>
      (await command<string>(b.home.path, metrics)).includes('{end="answered"} 40\n'),
    );
  });
});
