import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { httpApp, RawClient, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const post = (path: string, body = "x"): string =>
  `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

let app: TestServer;
let gateway: TestGateway;
/** Requests that the app has and has not answered, in the order in which they came. */
const open: { url: string; answer: () => void }[] = [];
const came: string[] = [];

const take = (request: IncomingMessage, response: ServerResponse): void => {
  const url = request.url ?? "";
  came.push(url);
  if (url.startsWith("/fast")) return void request.pipe(response);
  open.push({ url, answer: () => response.end(`<${url}>`) });
};

beforeAll(async () => {
  app = await httpApp(take);
  gateway = await TestGateway.start([route(HOST, [app.port])], { headersTimeoutMs: 300 });
});
beforeEach(() => {
  open.length = 0;
  came.length = 0;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const answersOf = ({ received }: RawClient): string[] =>
  [...received.matchAll(/<([^>]*)>/g)].map(([, url = ""]) => url);
const paths = (count: number): string[] => Array.from({ length: count }, (_, i) => `/${i}`);
/** What the app would have if there were more to come: another connection's request is answered meanwhile. */
async function whenQuiet(): Promise<void> {
  using other = new RawClient(gateway.port, get("/fast"));
  await other.receives("200 OK");
}

describe("pipelined requests", () => {
  it("are under way eight at a time, and answered in their order whatever the app's is", async () => {
    const all = paths(30);
    using client = new RawClient(gateway.port, all.map(get).join(""));
    for (let done = 0; done < all.length;) {
      const due = Math.min(8, all.length - done);
      await until("as many are under way as may be", () => open.length === due);
      await whenQuiet();
      expect(open.map(({ url }) => url).toSorted()).toEqual(all.slice(done, done + due).toSorted());
      // The youngest first: its answer waits for those before it.
      for (const { answer } of open.splice(0).toReversed()) answer();
      done += due;
    }
    await until("all are answered", () => answersOf(client).length === all.length);
    expect(answersOf(client)).toEqual(all);
  });

  it("that change something have the connection to themselves", async () => {
    using client = new RawClient(gateway.port, get("/a") + post("/b") + get("/c"));
    for (const path of ["/a", "/b", "/c"]) {
      await until(`${path} is there`, () => open.length === 1);
      await whenQuiet();
      expect(open.map(({ url }) => url)).toEqual([path]);
      open.pop()?.answer();
    }
    await until("all are answered", () => answersOf(client).length === 3);
  });

  it("may be sent by the thousand, with bodies in between, while nothing is read ahead", async () => {
    const bodies = Array.from({ length: 1_500 }, (_, i) => `<${i}>`);
    using client = new RawClient(gateway.port);
    for (const [i, body] of bodies.entries())
      client.socket.write(i % 50 === 0 ? get(`/fast`) : post("/fast", body));
    const expected = bodies.filter((_, i) => i % 50 > 0).map((body) => body.slice(1, -1));
    await until("all are answered", () => answersOf(client).length === expected.length);
    expect(answersOf(client)).toEqual(expected);
  });

  it("beyond what may wait are left to the client to ask again, told by the last answer", async () => {
    using client = new RawClient(gateway.port, paths(2_000).map(get).join(""));
    while (!client.isClosed) {
      for (const { answer } of open.splice(0)) answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answersOf(client)).toEqual(paths(1_008));
    expect(client.received.match(/Connection: close/gi)?.length).toBe(1);
  });

  it("are not begun any more once their client is gone, and leave nothing behind", async () => {
    {
      using client = new RawClient(gateway.port, paths(20).map(get).join(""));
      await until("eight are under way", () => open.length === 8);
      client.reset();
    }
    await until("nothing is under way", () => gateway.routing.inFlight.total === 0);
    await whenQuiet();
    expect(came.filter((url) => url !== "/fast")).toHaveLength(8);
  });

  it("may take longer than headers may, with half a request after them", async () => {
    const [rest, ...more] = [paths(12).map(get).join(""), get("/late").slice(0, 20)];
    using client = new RawClient(gateway.port, rest + more.join(""));
    await until("eight are under way", () => open.length === 8);
    // Node looks for late headers once a second.
    using witness = new RawClient(gateway.port, "GET / HT");
    await witness.receives("408");
    expect(client.isClosed).toBe(false);
    for (let left = 12; left > 0; left -= open.splice(0).map(({ answer }) => answer()).length)
      await until("some are under way", () => open.length > 0);
    client.socket.write(get("/late").slice(20));
    await until("the late one is there", () => open.length === 1);
    open.pop()?.answer();
    await until("all are answered", () => answersOf(client).length === 13);
  });

  it("cannot become a WebSocket while others are under way", async () => {
    using client = new RawClient(
      gateway.port,
      `${get("/slow")}GET /ws HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await client.closes();
    expect(client.received).toBe("");
    await whenQuiet();
    expect(came).not.toContain("/ws");
    expect(gateway.errors).toEqual([]);
  });
});
