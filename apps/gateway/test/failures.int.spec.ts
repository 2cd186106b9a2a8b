import { describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { ask, keepAliveAgent } from "./harness/http-client.ts";
import { Load } from "./harness/load.ts";
import { deadPort, httpApp, rawApp, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const headers = { host: HOST };
const answering = (port = 0) =>
  httpApp((_, response) => setTimeout(() => response.end("ok"), 2), { port });

describe("an upstream that dies under load", () => {
  it("fails no idempotent request where there is another", async () => {
    await using lasting = await answering();
    let dying = await answering();
    const { port } = dying;
    await using gateway = await TestGateway.start([route(HOST, [lasting.port, port])]);
    const load = new Load(gateway.port, HOST);
    for (let i = 0; i < 10; i++) {
      const before = dying.accepted;
      await until("it has requests", () => dying.accepted > before || load.count > 50 * (i + 1));
      await dying.die();
      const { count } = load;
      await until("requests go on without it", () => load.count > count + 20);
      dying = await answering(port);
    }
    const { failures } = await load.stop();
    await dying.die();
    expect(failures).toEqual([]);
  });

  it("fails no idempotent request where it is the only one, and comes back", async () => {
    let app = await answering();
    const { port } = app;
    await using gateway = await TestGateway.start([route(HOST, [port])]);
    const load = new Load(gateway.port, HOST);
    for (let i = 1; i <= 5; i++) {
      const { count } = load;
      await until("some requests", () => load.count > count + 20);
      await app.die();
      await until("every loop waits", () => gateway.routing.room.size === 8);
      app = await answering(port);
    }
    const { failures } = await load.stop();
    await app.die();
    expect(failures).toEqual([]);
  });

  it("is used again when it is back, with no new table, by all who waited", async () => {
    const port = await deadPort();
    await using gateway = await TestGateway.start([route(HOST, [port])]);
    const waiting = Array.from({ length: 50 }, () => ask(gateway.port, "/", { headers }));
    await until("all wait", () => gateway.routing.room.size === 50);
    await using app = await answering(port);
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(app.accepted).toBeGreaterThan(0);
  });

  it("gets a request with a body only once", async () => {
    let taken = 0;
    await using app = await rawApp((socket) =>
      socket.once("data", () => {
        taken += 1;
        socket.end();
      }),
    );
    await using gateway = await TestGateway.start([route(HOST, [app.port])]);
    const post = await ask(gateway.port, "/", { method: "POST", headers, body: "x" });
    expect([post.status, taken]).toEqual([502, 1]);
    const get = await ask(gateway.port, "/", { headers });
    expect([get.status, taken]).toEqual([502, 4]);
  });
});

describe("a connection that the upstream closes while it is idle", () => {
  it("costs no idempotent request", async () => {
    await using app = await rawApp((socket) =>
      socket.on("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        // After its answer it is gone, without the word that it would be.
        setImmediate(() => socket.destroy());
      }),
    );
    await using gateway = await TestGateway.start([route(HOST, [app.port])]);
    const agent = keepAliveAgent(4);
    const statuses = new Set<number>();
    for (let round = 0; round < 100; round++) {
      const answers = Array.from({ length: 4 }, () => ask(gateway.port, "/", { agent, headers }));
      for (const { status } of await Promise.all(answers)) statuses.add(status);
    }
    agent.destroy();
    expect(statuses).toEqual(new Set([200]));
  });
});

describe("waiting", () => {
  it("holds requests of an app that is starting until it has an upstream, bodies too", async () => {
    await using app = await httpApp((request, response) => request.pipe(response));
    await using gateway = await TestGateway.start([route(HOST, [])]);
    const posted = ask(gateway.port, "/", { method: "POST", headers, body: "kept" });
    await until("it waits", () => gateway.routing.room.size === 1);
    gateway.apply([route(HOST, [app.port])]);
    expect((await posted).body).toBe("kept");
  });

  it("holds requests of a gateway that has no table yet", async () => {
    await using app = await answering();
    await using gateway = await TestGateway.start();
    const early = ask(gateway.port, "/", { headers });
    await until("it waits", () => gateway.routing.room.size === 1);
    gateway.apply([route(HOST, [app.port])]);
    expect((await early).body).toBe("ok");
  });

  it("ends with 503 or 502 and the reason when nothing comes", async () => {
    await using gateway = await TestGateway.start(
      [route(HOST, []), route("dead.localhost", [await deadPort()])],
      { waitMs: 100 },
    );
    const starting = await ask(gateway.port, "/", { headers });
    expect([starting.status, starting.headers["retry-after"]]).toEqual([503, "1"]);
    expect(starting.body).toMatch(/no instance at shop.localhost is ready/);
    const dead = await ask(gateway.port, "/", { headers: { host: "dead.localhost" } });
    expect([dead.status, dead.body]).toEqual([502, expect.stringMatching(/takes connections/)]);
  });

  it("is bounded, so that one app without instances does not hold everything", async () => {
    await using gateway = await TestGateway.start([route(HOST, [])], { waitMs: 1_000 });
    const agent = keepAliveAgent(300);
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => ask(gateway.port, "/", { agent, headers })),
    );
    agent.destroy();
    expect(answers.filter(({ body }) => body.includes("too many requests wait"))).toHaveLength(50);
    expect(answers.filter(({ body }) => body.includes("no instance"))).toHaveLength(250);
  });

  it("is left when the client goes", async () => {
    await using gateway = await TestGateway.start([route(HOST, [])]);
    const controller = new AbortController();
    const given = ask(gateway.port, "/", { headers, signal: controller.signal });
    await until("it waits", () => gateway.routing.room.size === 1);
    controller.abort();
    await expect(given).rejects.toThrow(/abort/);
    await until("nobody waits", () => gateway.routing.room.size === 0);
  });
});

it("gives up on an app that does not begin to answer", async () => {
  await using app = await httpApp(() => {});
  await using gateway = await TestGateway.start([route(HOST, [app.port])], { answerMs: 100 });
  const answer = await ask(gateway.port, "/", { headers });
  expect([answer.status, answer.body]).toEqual([504, expect.stringMatching(/did not begin/)]);
});
