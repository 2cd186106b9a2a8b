import type {
  GatewayMetrics,
  GatewayRoute,
  GatewayStatus,
  GatewayUpstream,
} from "@bastide/contracts";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { instanceId, route } from "../src/table/route.fixture.ts";
import { command, ControlClient } from "./harness/control-client.ts";
import { ControlPlane } from "./harness/control-plane.ts";
import { gatewayHome, GatewayProcess } from "./harness/gateway-process.ts";
import { ask, keepAliveAgent } from "./harness/http-client.ts";
import { deadPort, httpApp } from "./harness/sockets.ts";

const HOST = "shop.localhost";
const headers = { host: HOST };
const answering = (text: string) => httpApp((_, response) => response.end(text));

async function bench(environment: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await gatewayHome());
  const control = stack.use(await new ControlPlane().start());
  const port = await deadPort();
  const start = () => GatewayProcess.start(home.path, control.url, port, environment);
  const gateway = stack.use(await start());
  const tell = <Result>(request: unknown) => command<Result>(home.path, request);
  const routes = () => tell<GatewayRoute[]>({ command: "list", what: "routes" });
  const upstreams = () => tell<GatewayUpstream[]>({ command: "list", what: "upstreams" });
  const dispose = () => stack.disposeAsync();
  return {
    home,
    control,
    port,
    gateway,
    start,
    tell,
    routes,
    upstreams,
    [Symbol.asyncDispose]: dispose,
  };
}

describe("the control socket", () => {
  it("is for its owner alone, and is gone when the gateway is", async () => {
    await using b = await bench();
    const file = join(b.home.path, "control.sock");
    const { mode } = await stat(file);
    expect(mode & 0o777).toBe(0o600);
    await b.gateway.kill("SIGTERM");
    await expect(stat(file)).rejects.toThrow(/ENOENT/);
  });

  it("answers each line in turn, and says what is wrong with one that is no request", async () => {
    await using b = await bench();
    using client = await ControlClient.open(b.home.path);
    for (const [request, reason] of [
      ["nonsense", /one line of JSON/],
      ['{"command":"nothing"}', /not valid/],
      ['{"command":"add","route":{"host":"a"}}', /route\.path/],
      ['{"command":"list","what":"routes","more":1}', /not valid/],
    ] as const) {
      const answer = await client.ask(request);
      expect(answer).toMatchObject({ ok: false, error: { code: "invalid-request" } });
      expect(JSON.stringify(answer)).toMatch(reason);
    }
    expect(await client.ask({ command: "status" })).toMatchObject({ ok: true });
    client.socket.write("x".repeat(2 * 1024 * 1024));
    await expect(client.line()).rejects.toThrow(/ended|ECONNRESET|EPIPE/);
    expect((await b.tell<GatewayStatus>({ command: "status" })).workers).toHaveLength(1);
  });

  it("adds routes of its own, which work without a control plane and outlive the program", async () => {
    await using b = await bench();
    await using app = await answering("local");
    await b.control.die();
    const own = route("local.localhost", [app.port]);
    await b.tell({ command: "add", route: own });
    const asked = { headers: { host: "local.localhost" } };
    expect((await ask(b.port, "/", asked)).body).toBe("local");
    expect(await b.routes()).toEqual([
      { key: "route/local.localhost/", source: "local", route: own },
    ]);
    await b.gateway.kill();
    await using _ = await b.start();
    expect((await ask(b.port, "/", asked)).body).toBe("local");
    await b.tell({ command: "remove", key: "route/local.localhost/" });
    expect((await ask(b.port, "/", asked)).status).toBe(404);
    await expect(b.tell({ command: "remove", key: "route/local.localhost/" })).rejects.toThrow(
      /^not-found/,
    );
  });

  it("refuses to touch the control plane's routes, which go before local ones", async () => {
    await using b = await bench();
    await using theirs = await answering("theirs");
    await using own = await answering("own");
    await b.control.acknowledged(b.control.set(route(HOST, [theirs.port])));
    const key = `route/${HOST}/`;
    await expect(b.tell({ command: "add", route: route(HOST, [own.port]) })).rejects.toThrow(
      /^conflict.*change it there/,
    );
    await expect(b.tell({ command: "remove", key })).rejects.toThrow(/^conflict/);
    const late = route("late.localhost", [own.port]);
    await b.tell({ command: "add", route: late });
    await b.control.acknowledged(b.control.set(route("late.localhost", [theirs.port])));
    expect((await ask(b.port, "/", { headers: { host: "late.localhost" } })).body).toBe("theirs");
    expect((await b.routes()).map(({ source }) => source)).toEqual(["stream", "stream"]);
  });

  it("refuses a local route that no table can have, and the table is as it was", async () => {
    await using b = await bench();
    await using app = await answering("ok");
    await b.control.acknowledged(b.control.set(route(HOST, [app.port], { path: "/v1" })));
    const twin = route(HOST, [app.port], { path: "/v1/" });
    await expect(b.tell({ command: "add", route: twin })).rejects.toThrow(/^conflict.*overlap/);
    await expect(b.tell({ command: "add", route: route("Shop.localhost", []) })).rejects.toThrow(
      /lower case/,
    );
    expect(await b.routes()).toHaveLength(1);
    expect((await ask(b.port, "/v1", { headers })).body).toBe("ok");
  });

  it("drains an upstream: no new request goes there, and those under way are waited for", async () => {
    await using b = await bench();
    const asked = Promise.withResolvers<() => void>();
    await using slow = await httpApp((_, response) => asked.resolve(() => response.end("slow")));
    await b.control.acknowledged(b.control.set(route(HOST, [slow.port])));
    const first = ask(b.port, "/", { headers });
    const finish = await asked.promise;
    await using other = await answering("other");
    await b.control.acknowledged(b.control.set(route(HOST, [slow.port, other.port])));
    const request = { command: "drain", upstream: instanceId(slow.port) };
    expect(await b.tell(request)).toEqual({ inFlight: 1 });
    for (let i = 0; i < 10; i++) expect((await ask(b.port, "/", { headers })).body).toBe("other");
    const drained = (await b.upstreams()).find(({ port }) => port === slow.port);
    expect(drained).toMatchObject({ drained: true, weight: 0, inFlight: 1 });
    const done = b.tell({ ...request, waitSeconds: 30 });
    finish();
    expect([await done, (await first).body]).toEqual([{ inFlight: 0 }, "slow"]);
    await b.tell({ ...request, undo: true });
    expect((await b.upstreams()).every(({ weight }) => weight === 100)).toBe(true);
    await expect(b.tell({ command: "drain", upstream: "nobody" })).rejects.toThrow(/^not-found/);
  });

  it("drains everything: clients are sent away after their answer, and whoever shares requests is told", async () => {
    await using b = await bench();
    await using app = await answering("ok");
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const agent = keepAliveAgent(1);
    const once = async () => (await ask(b.port, "/", { headers, agent })).headers.connection;
    expect(await once()).toBe("keep-alive");
    await b.tell({ command: "drain" });
    expect((await ask(b.port, "/.bastide/ready")).status).toBe(503);
    expect((await ask(b.port, "/.bastide/health")).status).toBe(200);
    expect(await once()).toBe("close");
    await b.tell({ command: "replace-workers" });
    expect((await ask(b.port, "/.bastide/ready")).status).toBe(503);
    await b.tell({ command: "drain", undo: true });
    expect((await ask(b.port, "/.bastide/ready")).status).toBe(200);
    expect(await once()).toBe("keep-alive");
    agent.destroy();
  });

  it("tells what happens as it happens", async () => {
    await using b = await bench();
    using listener = await ControlClient.open(b.home.path);
    expect(await listener.ask({ command: "events" })).toEqual({ ok: true, result: null });
    const version = b.control.set(route(HOST, []));
    const seen: string[] = [];
    const nextIs = async (type: string) => {
      while (seen.at(-1) !== type) seen.push(JSON.parse(await listener.line()).type);
    };
    await nextIs("table-applied");
    await b.control.acknowledged(version);
    await b.tell({ command: "replace-workers" });
    await nextIs("worker-ended");
    expect(seen).toEqual(expect.arrayContaining(["worker-started", "worker-retiring"]));
  });

  it("gives figures by route as JSON", async () => {
    await using b = await bench();
    await using app = await answering("ok");
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    for (let i = 0; i < 5; i++) await ask(b.port, "/", { headers });
    const { routes, boundsMs } = await b.tell<GatewayMetrics>({
      command: "metrics",
      format: "json",
    });
    const mine = routes.find(({ name }) => name === `${HOST}/`);
    expect(mine?.classes).toEqual([0, 5, 0, 0, 0]);
    expect(mine?.buckets).toHaveLength(boundsMs.length + 1);
  });

  it("is reached below a directory whose path is longer than a socket's may be", async () => {
    await using home = await gatewayHome();
    const deep = join(home.path, "d".repeat(100));
    await mkdir(deep);
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, "http://127.0.0.1:1", port, {
      BASTIDE_STATE_DIR: deep,
    });
    const { mode } = await stat(join(deep, "control.sock"));
    expect(mode & 0o777).toBe(0o600);
    expect(gateway.output).not.toContain("no control socket");
  });

  it("goes on without local routes that cannot be read, and keeps the file", async () => {
    await using home = await gatewayHome();
    const file = join(home.path, "local.json");
    await writeFile(file, "nonsense");
    await using gateway = await GatewayProcess.start(
      home.path,
      "http://127.0.0.1:1",
      await deadPort(),
    );
    expect(gateway.output).toContain("local routes cannot be read");
    expect(await readFile(file, "utf8")).toBe("nonsense");
    await chmod(file, 0o600);
  });
});
