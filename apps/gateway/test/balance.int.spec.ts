import { describe, expect, it } from "vitest";
import { seeded } from "../src/balance/seeded.fixture.ts";
import { instanceId, route, upstream } from "../src/table/route.fixture.ts";
import { ask } from "./harness/http-client.ts";
import { httpApp, rawApp, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const at = { headers: { host: HOST } };
const named = (name: string) => httpApp((_, response) => response.end(name));

describe("least-loaded", () => {
  it("gives a request to the one that is least busy for its weight", async () => {
    const waiting: (() => void)[] = [];
    const slow = () => httpApp((_, response) => void waiting.push(() => response.end()));
    await using small = await slow();
    await using large = await slow();
    await using gateway = await TestGateway.start([
      route(HOST, [], {
        upstreams: [upstream(small.port, { weight: 1 }), upstream(large.port, { weight: 3 })],
        settings: { balance: "least-loaded" },
      }),
    ]);
    const asked: Promise<unknown>[] = [];
    for (let i = 1; i <= 8; i++) {
      asked.push(ask(gateway.port, "/", at));
      await until("it arrived", () => waiting.length === i);
    }
    expect([small.accepted, large.accepted]).toEqual([2, 6]);
    for (const finish of waiting) finish();
    await Promise.all(asked);
  });
});

describe("a sticky cookie", () => {
  const sticky = (apps: readonly TestServer[], more: object = {}) =>
    route(
      HOST,
      apps.map(({ port }) => port),
      { settings: { stickyCookie: "at" }, ...more },
    );
  const cookieOf = (answer: { headers: { "set-cookie"?: string[] | undefined } }) =>
    answer.headers["set-cookie"]?.[0] ?? "";

  it("keeps a client with its instance while tables change, and falls back when that is gone", async () => {
    await using one = await named("one");
    await using two = await named("two");
    await using three = await named("three");
    await using gateway = await TestGateway.start([sticky([one, two])], { random: seeded(3) });
    const first = await ask(gateway.port, "/", at);
    const cookie = cookieOf(first).split(";")[0] ?? "";
    const again = () =>
      ask(gateway.port, "/", { headers: { host: HOST, cookie: `x=1; ${cookie}` } });
    for (let i = 0; i < 10; i++) {
      gateway.apply([sticky(i % 2 === 0 ? [three, two, one] : [one, two])]);
      const answer = await again();
      expect([answer.body, answer.headers["set-cookie"]]).toEqual([first.body, undefined]);
    }
    gateway.apply([sticky([three])]);
    const moved = await again();
    expect(moved.body).toBe("three");
    expect(cookieOf(moved)).toMatch(/^at=/);
    expect(cookieOf(moved)).not.toContain(cookie);
  });

  it("names neither an address nor an instance, and is for HTTP only", async () => {
    await using app = await named("app");
    await using gateway = await TestGateway.start([sticky([app])]);
    const cookie = cookieOf(await ask(gateway.port, "/", at));
    expect(cookie).toMatch(/^at=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(String(app.port));
    expect(cookie).not.toContain(instanceId(app.port).slice(-12));
  });

  it("is added to the app's own cookies, and one that is made up does no harm", async () => {
    await using app = await httpApp((_, response) =>
      response.setHeader("set-cookie", ["a=1", "b=2"]).end(),
    );
    await using gateway = await TestGateway.start([sticky([app])]);
    const answer = await ask(gateway.port, "/", {
      headers: { host: HOST, cookie: "at=127.0.0.1" },
    });
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2", expect.stringMatching(/^at=/)]);
  });

  it("does not hold a client to an instance that fails", async () => {
    await using one = await named("one");
    await using two = await named("two");
    await using gateway = await TestGateway.start([sticky([one, two])]);
    const first = await ask(gateway.port, "/", at);
    await (first.body === "one" ? one : two).die();
    const cookie = cookieOf(first).split(";")[0] ?? "";
    const next = await ask(gateway.port, "/", { headers: { host: HOST, cookie } });
    expect(next.status).toBe(200);
    expect(next.body).not.toBe(first.body);
  });
});

describe("retries", () => {
  /** Takes every request and breaks off. */
  const breaking = () => rawApp((socket) => socket.once("data", () => socket.resetAndDestroy()));

  it("are as many as the route says, and none of what is not idempotent", async () => {
    for (const [attempts, method, expected] of [
      [1, "GET", 1],
      [4, "GET", 4],
      [4, "POST", 1],
    ] as const) {
      await using app = await breaking();
      await using gateway = await TestGateway.start([
        route(HOST, [app.port], {
          settings: { retries: { attempts, budgetPercent: 100 * attempts } },
        }),
      ]);
      // A budget in which one request's retries have room.
      for (let i = 0; i < 4; i++)
        gateway.routing.states.of(`route/${HOST}/`).retries.request(performance.now());
      const { status } = await ask(gateway.port, "/", { ...at, method });
      expect([method, status, app.accepted]).toEqual([method, 502, expected]);
    }
  });

  it("stay within their share of the route's requests", async () => {
    await using app = await breaking();
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], { settings: { retries: { attempts: 3, budgetPercent: 20 } } }),
    ]);
    for (let i = 0; i < 50; i++) await ask(gateway.port, "/", at);
    expect(app.accepted).toBe(60);
  });
});

describe("an instance that fails again and again", () => {
  const failing = (status: number) => httpApp((_, response) => response.writeHead(status).end());
  const askMany = async (gateway: TestGateway, count: number) => {
    const statuses: number[] = [];
    for (let i = 0; i < count; i++) statuses.push((await ask(gateway.port, "/", at)).status);
    return statuses;
  };

  it("is left alone, as long as at least half of the others stay", async () => {
    await using bad = await failing(503);
    await using good = await named("good");
    await using gateway = await TestGateway.start([route(HOST, [bad.port, good.port])], {
      random: seeded(5),
    });
    await until("it is out", async () => {
      await askMany(gateway, 1);
      return gateway.routing.outliers.size === 1;
    });
    const before = bad.accepted;
    expect(new Set(await askMany(gateway, 50))).toEqual(new Set([200]));
    expect(bad.accepted).toBe(before);
  });

  it("still gets requests when it is the only one, and so does half of those that all fail", async () => {
    const asked = { one: 0, two: 0 };
    const counting = (name: keyof typeof asked, status: number) =>
      httpApp((_, response) => {
        asked[name] += 1;
        response.writeHead(status).end();
      });
    await using one = await counting("one", 502);
    await using two = await counting("two", 504);
    await using gateway = await TestGateway.start([route(HOST, [one.port])]);
    expect(new Set(await askMany(gateway, 20))).toEqual(new Set([502]));
    expect(asked.one).toBe(20);
    gateway.apply([route(HOST, [one.port, two.port])]);
    await askMany(gateway, 40);
    expect(asked.one + asked.two).toBe(60);
  });

  it("is not taken for one when it answers errors of the app's own", async () => {
    await using app = await failing(500);
    await using other = await named("other");
    await using gateway = await TestGateway.start([route(HOST, [app.port, other.port])]);
    await askMany(gateway, 40);
    expect(gateway.routing.outliers.size).toBe(0);
  });
});
