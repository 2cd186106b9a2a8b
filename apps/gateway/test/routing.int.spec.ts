import { describe, expect, it } from "vitest";
import { seeded } from "../src/balance/seeded.fixture.ts";
import { instanceId, route, upstream } from "../src/table/route.fixture.ts";
import { ask, keepAliveAgent } from "./harness/http-client.ts";
import { Load } from "./harness/load.ts";
import { deadPort, httpApp, RawClient, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const to = (host: string) => ({ headers: { host } });
const named = (name: string) => httpApp((_, response) => response.end(name));

describe("a gateway", () => {
  it("sends each host and path to its own upstream", async () => {
    await using shop = await named("shop");
    await using api = await named("api");
    await using gateway = await TestGateway.start([
      route(HOST, [shop.port]),
      route(HOST, [api.port], { path: "/v1" }),
    ]);
    expect((await ask(gateway.port, "/", to("Shop.Localhost:8080"))).body).toBe("shop");
    expect((await ask(gateway.port, "/v1/x?y", to("shop.localhost."))).body).toBe("api");
    expect((await ask(gateway.port, "/v10", to(HOST))).body).toBe("shop");
  });

  it("divides requests by weight", async () => {
    await using old = await named("old");
    await using fresh = await named("fresh");
    await using gateway = await TestGateway.start(
      [
        route(HOST, [], {
          upstreams: [
            upstream(old.port, { weight: 8_000 }),
            upstream(fresh.port, { weight: 2_000 }),
          ],
        }),
      ],
      { random: seeded(7) },
    );
    const agent = keepAliveAgent(1);
    let count = 0;
    for (let i = 0; i < 1_000; i++)
      if ((await ask(gateway.port, "/", { agent, ...to(HOST) })).body === "fresh") count += 1;
    agent.destroy();
    // Four standard deviations of a binomial with n = 1000, p = 0.2.
    expect(Math.abs(count - 200)).toBeLessThan(51);
  });

  it.each([
    ["unknown.localhost", "/", 404, /no app answers at unknown.localhost/],
    [HOST, "/elsewhere", 404, /no app answers on \/elsewhere/],
    ["stopped.localhost", "/", 503, /was stopped/],
    ["empty.localhost", "/", 503, /nothing was deployed/],
  ])("says why nothing answers at %s%s", async (host, path, status, reason) => {
    await using gateway = await TestGateway.start([
      route(HOST, [1], { path: "/only" }),
      route("stopped.localhost", [], { whenEmpty: "stopped" }),
      route("empty.localhost", [], { whenEmpty: "not-deployed" }),
    ]);
    const answer = await ask(gateway.port, path, to(host));
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(reason)]);
    const html = await ask(gateway.port, path, { headers: { host, accept: "text/html" } });
    expect(html.headers["content-type"]).toMatch(/^text\/html/);
    expect((await ask(gateway.port, path, { ...to(host), method: "HEAD" })).body).toBe("");
  });

  it("tells apps who asks, and nothing that the client made up", async () => {
    await using app = await httpApp((request, response) =>
      response.end(JSON.stringify(request.headers)),
    );
    await using gateway = await TestGateway.start([route(HOST, [app.port])]);
    const answer = await ask(gateway.port, "/", {
      headers: { host: `${HOST}:8080`, "x-forwarded-for": "6.6.6.6", "x-bastide-user": "root" },
    });
    expect(JSON.parse(answer.body)).toEqual({
      host: `${HOST}:8080`,
      connection: "keep-alive",
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/),
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": `${HOST}:8080`,
      "x-forwarded-port": String(gateway.port),
    });
  });

  it("answers about itself on loopback literals only", async () => {
    await using gateway = await TestGateway.start([route(HOST, [1])]);
    const health = await ask(gateway.port, "/.bastide/health");
    expect([health.status, JSON.parse(health.body)]).toEqual([
      200,
      expect.objectContaining({ status: "ok", hasTable: true, hosts: 1 }),
    ]);
    const metrics = await ask(gateway.port, "/.bastide/metrics");
    expect(metrics.body).toContain("bastide_gateway_requests_total");
    const foreign = await ask(gateway.port, "/.bastide/health", to("unknown.localhost"));
    expect(foreign.status).toBe(404);
  });
});

describe("a new table", () => {
  it("takes force between two requests: none fails, and none is answered by the old one afterwards", async () => {
    await using one = await named("one");
    await using two = await named("two");
    await using gateway = await TestGateway.start([route(HOST, [one.port])]);
    const load = new Load(gateway.port, HOST);
    for (let i = 0; i < 100; i++) {
      const [port, name] = i % 2 === 0 ? [two.port, "two"] : [one.port, "one"];
      gateway.apply([route(HOST, [port])]);
      const agent = keepAliveAgent();
      const answers = await Promise.all([
        ask(gateway.port, "/", { agent, ...to(HOST) }),
        ask(gateway.port, "/", to(HOST)),
      ]);
      agent.destroy();
      expect(answers.map(({ body }) => body)).toEqual([name, name]);
    }
    const { answers, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(answers.length).toBeGreaterThan(200);
  });

  it("lets an upstream be stopped once it is not busy any more, without a failure", async () => {
    await using gateway = await TestGateway.start([]);
    let app = await httpApp((_, response) => setTimeout(() => response.end("0"), 5));
    gateway.apply([route(HOST, [app.port])]);
    const load = new Load(gateway.port, HOST);
    for (let i = 1; i <= 10; i++) {
      const next = await httpApp((_, response) => setTimeout(() => response.end(String(i)), 5));
      const before = load.count;
      await until("some requests", () => load.count > before + 10);
      gateway.apply([route(HOST, [next.port])]);
      await until("the old one is not busy", () => gateway.routing.busy().length === 0);
      await app.die();
      app = next;
    }
    const { failures } = await load.stop();
    await app.die();
    expect(failures).toEqual([]);
  });

  it("reports an instance that left as busy until its last request, and closes its idle connections", async () => {
    const asked = Promise.withResolvers<() => void>();
    await using app = await httpApp((request, response) => {
      if (request.url === "/slow") asked.resolve(() => response.end("done"));
      else response.end();
    });
    await using gateway = await TestGateway.start([route(HOST, [app.port])]);
    const slow = ask(gateway.port, "/slow", to(HOST));
    const finish = await asked.promise;
    await ask(gateway.port, "/", to(HOST));
    await until("one connection is idle", () => gateway.engine.connections().idle === 1);
    gateway.apply([]);
    expect(gateway.routing.busy()).toEqual([instanceId(app.port)]);
    await until("the idle one is closed", () => app.sockets.size === 1);
    finish();
    expect((await slow).body).toBe("done");
    await until("it is idle", () => gateway.idle === 1);
    expect(gateway.routing.busy()).toEqual([]);
  });

  it("that is none leaves the one before in force", async () => {
    await using app = await named("app");
    await using gateway = await TestGateway.start([route(HOST, [app.port])]);
    expect(() => gateway.apply([route("a b", [1])])).toThrow(/is not a host/);
    expect((await ask(gateway.port, "/", to(HOST))).body).toBe("app");
  });
});

describe("WebSockets and event streams", () => {
  it("count as busy as long as they are open, and end with their upstream", async () => {
    await using app = await httpApp(() => {}, {
      configure: (server) =>
        server.on("upgrade", (_, socket) => {
          socket.on("error", () => {});
          socket.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
          );
        }),
    });
    await using gateway = await TestGateway.start([route(HOST, [app.port])]);
    using client = new RawClient(
      gateway.port,
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await client.receives("101");
    gateway.apply([]);
    expect(gateway.routing.busy()).toEqual([instanceId(app.port)]);
    await app.die();
    await client.closes();
    await until("it is idle", () => gateway.routing.busy().length === 0);
  });

  it("are refused like any other request where nothing answers", async () => {
    await using gateway = await TestGateway.start([route(HOST, [await deadPort()])], {
      waitMs: 50,
    });
    for (const [host, status] of [
      ["unknown.localhost", 404],
      [HOST, 502],
    ] as const) {
      using client = new RawClient(
        gateway.port,
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      await client.closes();
      expect(client.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    }
  });
});
