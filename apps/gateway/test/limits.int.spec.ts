import { biscuit, block } from "@bastide/biscuit";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { ask } from "./harness/http-client.ts";
import { bearer, PlatformTokens } from "./harness/platform-tokens.ts";
import { httpApp, RawClient, rawApp, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const at = { headers: { host: HOST } };
const json = { headers: { host: HOST, accept: "application/json" } };

describe("a rate", () => {
  const rate = { requests: 3, perSeconds: 60, by: "client" } as const;
  const limited = (port: number, more: object = {}) =>
    route(HOST, [port], { settings: { limits: { rate: { ...rate, ...more } } } });

  it("answers 429 with when to come back once it is used up, and nothing reaches the app", async () => {
    await using app = await httpApp((_, response) => response.end("ok"));
    await using gateway = await TestGateway.start([limited(app.port)]);
    for (const remaining of [2, 1, 0]) {
      const { status, headers } = await ask(gateway.port, "/", at);
      expect([status, headers["ratelimit-policy"]]).toEqual([200, '"client";q=3;w=60']);
      expect(headers["ratelimit"]).toMatch(new RegExp(`^"client";r=${remaining};t=\\d+$`));
    }
    const accepted = app.accepted;
    const { status, headers, body } = await ask(gateway.port, "/", json);
    expect([status, JSON.parse(body)]).toEqual([
      429,
      expect.objectContaining({ status: 429, code: "too-many-requests" }),
    ]);
    const retryAfter = Number(headers["retry-after"]);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(20);
    expect(headers["ratelimit"]).toMatch(/^"client";r=0;t=\d+$/);
    expect(app.accepted).toBe(accepted);
  });

  it("is each client's own, and everybody's where the route says so", async () => {
    await using app = await httpApp((_, response) => response.end("ok"));
    for (const [by, expected] of [
      ["client", 200],
      ["token", 200],
      ["route", 429],
    ] as const) {
      await using gateway = await TestGateway.start([limited(app.port, { by })]);
      for (let i = 0; i < 3; i++) await ask(gateway.port, "/", at);
      const other = await ask(gateway.port, "/", { ...at, localAddress: "127.0.0.2" });
      expect(other.status).toBe(expected);
      // A token that nobody verified makes no caller of its own.
      const made = { headers: { host: HOST, authorization: "Bearer made-up" } };
      expect((await ask(gateway.port, "/", made)).status).toBe(429);
    }
  });

  it("of verified callers is each one's own, wherever it asks from and however its token is narrowed", async () => {
    await using app = await httpApp((_, response) => response.end("ok"));
    const settings = {
      limits: { rate: { ...rate, by: "token" } },
      authorization: {
        kind: "biscuit",
        policy: "allow if user($name)",
        identity: "token",
        staleAfterSeconds: 300,
      },
    } as const;
    await using gateway = await TestGateway.start([route(HOST, [app.port], { settings })]);
    const platform = new PlatformTokens();
    gateway.change(platform.entry);
    const statusOf = async (token: { toString(): string }, localAddress = "127.0.0.1") => {
      const headers = { host: HOST, ...bearer(token) };
      return (await ask(gateway.port, "/", { headers, localAddress })).status;
    };
    const alice = platform.sign(biscuit`user("alice");`);
    const bob = platform.sign(biscuit`user("bob");`);
    // Tokens that say alice and are not good take nothing of hers.
    const forged = new PlatformTokens(platform.id).sign(biscuit`user("alice");`);
    const refused = alice.attenuate(block`check if method("POST");`);
    for (let i = 0; i < 4; i++)
      expect([await statusOf(forged), await statusOf(refused)]).toEqual([401, 403]);
    const narrowed = alice.attenuate(block`check if method("GET");`);
    const again = platform.sign(biscuit`user("alice");`);
    expect([
      await statusOf(alice),
      await statusOf(alice, "127.0.0.2"),
      await statusOf(narrowed, "127.0.0.3"),
      await statusOf(again),
      await statusOf(alice, "127.0.0.4"),
    ]).toEqual([200, 200, 200, 429, 429]);
    const asked: number[] = [];
    for (let i = 0; i < 4; i++) asked.push(await statusOf(bob));
    expect(asked).toEqual([200, 200, 200, 429]);
  });

  it("is not given anew by a new table, and holds no other route up", async () => {
    await using app = await httpApp((_, response) => response.end("ok"));
    const other = route("other.localhost", [app.port]);
    await using gateway = await TestGateway.start([limited(app.port), other]);
    for (let i = 0; i < 3; i++) await ask(gateway.port, "/", at);
    gateway.apply([limited(app.port, { burst: 2 }), other]);
    expect((await ask(gateway.port, "/", at)).status).toBe(429);
    const { status } = await ask(gateway.port, "/", { headers: { host: "other.localhost" } });
    expect(status).toBe(200);
  });
});

describe("requests under way", () => {
  it("beyond the limit are answered 503 with Retry-After, and the place is free again afterwards", async () => {
    const asked = Promise.withResolvers<() => void>();
    await using app = await httpApp((request, response) => {
      if (request.url === "/slow") asked.resolve(() => response.end("slow"));
      else response.end("fast");
    });
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], { settings: { limits: { concurrentRequests: 1 } } }),
    ]);
    const slow = ask(gateway.port, "/slow", at);
    const finish = await asked.promise;
    const refused = await ask(gateway.port, "/", at);
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "1"]);
    finish();
    await slow;
    expect((await ask(gateway.port, "/", at)).body).toBe("fast");
  });

  it("count WebSockets as long as they are open, and clients that left no more", async () => {
    await using app = await rawApp((socket) =>
      socket.once("data", () =>
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
      ),
    );
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], { settings: { limits: { concurrentRequests: 1 } } }),
    ]);
    const upgrade = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    using first = new RawClient(gateway.port, upgrade);
    await first.receives("101");
    using second = new RawClient(gateway.port, upgrade);
    await second.receives("HTTP/1.1 503 ");
    first.socket.destroy();
    await until("the place is free", async () => {
      using third = new RawClient(gateway.port, upgrade);
      await third.receives("HTTP/1.1 ");
      return third.received.includes("101");
    });
    expect(second.received).toContain("retry-after: 1");
  });
});

describe("a body", () => {
  const limited = (port: number) =>
    route(HOST, [port], { settings: { limits: { bodyBytes: 1_000 } } });

  it("whose declared length is too much is refused before the app hears of it", async () => {
    await using app = await httpApp((_, response) => response.end());
    await using gateway = await TestGateway.start([limited(app.port)]);
    const { status, body } = await ask(gateway.port, "/", {
      ...json,
      method: "POST",
      body: "x".repeat(1_001),
    });
    expect([status, JSON.parse(body).code, app.accepted]).toEqual([413, "too-large", 0]);
    const exact = await ask(gateway.port, "/", { ...at, method: "POST", body: "x".repeat(1_000) });
    expect(exact.status).toBe(200);
  });

  it("of unknown length is cut off there: the app never sees more than allowed", async () => {
    let seen = 0;
    let isCut = false;
    await using app = await httpApp((request) => {
      request.on("data", (chunk: Buffer) => (seen += chunk.length));
      request.on("error", () => (isCut = true));
    });
    await using gateway = await TestGateway.start([limited(app.port)]);
    using client = new RawClient(
      gateway.port,
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let i = 0; i < 20; i++) {
      client.socket.write(`64\r\n${"x".repeat(100)}\r\n`);
      await new Promise(setImmediate);
    }
    await client.receives("HTTP/1.1 413 ");
    await until("the app's request was cut", () => isCut);
    expect(seen).toBeLessThanOrEqual(1_000);
  });

  it("within the limit arrives whole, however it is cut into pieces", async () => {
    await using app = await httpApp((request, response) => void request.pipe(response));
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], { settings: { limits: { bodyBytes: 5_000_000 } } }),
    ]);
    const sent = "0123456789".repeat(500_000);
    const answer = await ask(gateway.port, "/", {
      method: "POST",
      headers: { host: HOST, "transfer-encoding": "chunked" },
      body: sent,
    });
    expect(answer.body === sent).toBe(true);
  });
});

describe("time", () => {
  const timed = (port: number, limits: object) => route(HOST, [port], { settings: { limits } });

  it("for the beginning of an answer that is over is a 504", async () => {
    await using app = await httpApp(() => {});
    await using gateway = await TestGateway.start([timed(app.port, { answerSeconds: 0.1 })]);
    expect((await ask(gateway.port, "/", at)).status).toBe(504);
    await until("the app's request has ended", () => app.sockets.size === 0);
  });

  it("for the whole request that is over is a 504 where no answer began", async () => {
    await using app = await httpApp(() => {});
    await using gateway = await TestGateway.start([timed(app.port, { totalSeconds: 0.2 })]);
    const { status, body } = await ask(gateway.port, "/", at);
    expect([status, body]).toEqual([504, expect.stringContaining("within 0.2 s")]);
    expect(gateway.routing.outliers.size).toBe(0);
  });

  it("for the whole request holds while it waits for an instance too", async () => {
    await using gateway = await TestGateway.start([
      route(HOST, [], { settings: { limits: { totalSeconds: 0.1 } } }),
    ]);
    const { status } = await ask(gateway.port, "/", at);
    expect(status).toBe(504);
  });

  it("for the whole request cuts a stream that goes on, and a WebSocket", async () => {
    await using app = await httpApp((_, response) => void response.write("first"), {
      configure: (server) =>
        server.on("upgrade", (_, socket) => {
          socket.on("error", () => {});
          socket.on("end", () => socket.end()).resume();
          socket.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
          );
        }),
    });
    await using gateway = await TestGateway.start([timed(app.port, { totalSeconds: 0.2 })]);
    using stream = new RawClient(gateway.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await stream.receives("first");
    await stream.closes();
    expect(stream.received).not.toContain("\r\n0\r\n");
    using socket = new RawClient(
      gateway.port,
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await socket.receives("101");
    await socket.closes();
    await until("the app's connections are closed", () => app.sockets.size === 0);
  });

  it("that is not over does nothing", async () => {
    await using app = await httpApp((_, response) => response.end("ok"));
    await using gateway = await TestGateway.start([
      timed(app.port, { totalSeconds: 3600, answerSeconds: 3600 }),
    ]);
    const client = new RawClient(gateway.port, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.receives("ok");
    client.socket.end();
    await once(client.socket, "close");
    expect(gateway.errors).toEqual([]);
  });
});
