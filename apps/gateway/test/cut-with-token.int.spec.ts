import { type Biscuit, block } from "@bastide/biscuit";
import { once } from "node:events";
import { constants } from "node:http2";
import type { Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { Http2Client } from "./harness/http2-client.ts";
import { bearer, PlatformTokens, revoked } from "./harness/platform-tokens.ts";
import { httpApp, RawClient, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.test";
const OPEN = "open.test";
const platform = new PlatformTokens();
const settings = {
  authorization: {
    kind: "biscuit",
    policy: "allow if user($u)",
    identity: "token",
    staleAfterSeconds: 300,
  },
} as const;

let authority: TestAuthority;
let app: TestServer;
let gateway: TestGateway;
/** Later than the real time by what a test says. */
let laterMs = 0;
/** Writes to every stream that is under way. */
let tick = (): void => {};
const closedWith: number[] = [];

beforeAll(async () => {
  authority = await TestAuthority.make("cut with token");
  const webSockets = new WebSocketServer({ noServer: true });
  webSockets.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
    socket.on("close", (code) => closedWith.push(code));
  });
  const streams = new Set<(text: string) => void>();
  tick = () => streams.forEach((write) => write("tick\n"));
  app = await httpApp(
    (request, response) => {
      if (request.url === "/silent") return;
      if (request.url === "/whole") {
        response.end("whole");
        return;
      }
      response.write("first\n");
      const write = (text: string) => void response.write(text);
      streams.add(write);
      response.once("close", () => streams.delete(write));
    },
    {
      configure: (server) =>
        server.on("upgrade", (request, socket, head) => {
          webSockets.handleUpgrade(request, socket, head, (ws) => {
            webSockets.emit("connection", ws, request);
            // Half of a frame, and the rest never comes.
            if (request.url === "/half") socket.write(Buffer.from([0x82, 100, 1, 2, 3]));
          });
        }),
    },
  );
  const routes = [route(HOST, [app.port], { settings }), route(OPEN, [app.port])];
  const certificates = [await authority.certificate([HOST])];
  gateway = await TestGateway.startSecure(
    routes,
    { certificates },
    { timeOfDay: () => Date.now() + laterMs },
  );
  gateway.change(platform.entry);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const revoke = (token: Biscuit): void => gateway.change(revoked(token.revocationIds[0] ?? ""));
const head = (token: Biscuit | undefined, path = "/", host = HOST): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${token ? `Authorization: Bearer ${token.toString()}\r\n` : ""}\r\n`;
const cuts = (): unknown[] =>
  gateway.lines.flatMap(({ facts }) => (facts?.["cutBy"] === undefined ? [] : [facts["cutBy"]]));

/** Streams that must go on whatever happens to others: of another token, and of a route without a policy. */
async function bystanders() {
  const others = [
    new RawClient(gateway.port, head(platform.sign())),
    new RawClient(gateway.port, head(undefined, "/", OPEN)),
  ];
  for (const other of others) await other.receives("first");
  return {
    async goOn() {
      for (const other of others) other.received = "";
      tick();
      for (const other of others) await other.receives("tick");
    },
    [Symbol.dispose]() {
      for (const other of others) other[Symbol.dispose]();
    },
  };
}

const secure = (wire: Socket) =>
  connectSecure({ socket: wire, ca: authority.pem, servername: HOST, ALPNProtocols: ["http/1.1"] });

/** Ways in which a token that was good is good no more. */
const WAYS: readonly (readonly [string, (token: Biscuit) => void, string])[] = [
  ["revoked", revoke, "token-revoked"],
  ["expired", anHourLater, "token-expired"],
];
function anHourLater(): void {
  laterMs += 3_600_000;
  gateway.authorizer.freshness.heard(0);
}
const hourly = (): Biscuit =>
  platform.narrowed(block`check if time($t), $t < ${new Date(Date.now() + laterMs + 1_800_000)};`);

describe.each(WAYS)("when its token is %s", (_, end, why) => {
  it.each([
    ["HTTP", () => gateway.port, undefined],
    ["HTTPS", () => gateway.httpsPort ?? 0, secure],
  ] as const)(
    "a stream over %s is cut within a second, and others go on",
    async (_name, port, over) => {
      using others = await bystanders();
      const token = hourly();
      using client = new RawClient(port(), head(token), over);
      await client.receives("first");
      const before = cuts().length;
      end(token);
      await client.closes(1_000);
      expect(client.received).not.toContain("\r\n0\r\n");
      await until("it is in the log", () => cuts().length > before);
      expect(cuts().at(-1)).toBe(why);
      await others.goOn();
    },
  );

  it("a stream over HTTP/2 is reset with CANCEL, and the others of its connection go on", async () => {
    using others = await bystanders();
    using client = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
      servername: HOST,
    });
    const [token, other] = [hourly(), platform.sign()];
    const streams = [token, other].map((one) => {
      const stream = client.open(bearer(one), true);
      let text = "";
      stream.on("data", (chunk) => (text += String(chunk)));
      return { stream, received: () => text };
    });
    const [cut, kept] = streams;
    if (!cut || !kept) throw new Error("there are two");
    for (const { received } of streams) await until("it began", () => received() === "first\n");
    end(token);
    await until("it is closed", () => cut.stream.closed, 1_000);
    expect(cut.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    tick();
    await until("the other goes on", () => kept.received().includes("tick"));
    await others.goOn();
  });

  it("a WebSocket is closed with 1008 on both sides, and another's goes on", async () => {
    const [token, other] = [hourly(), platform.sign()];
    const sockets = [token, other].map(
      (one) =>
        new WebSocket(`ws://127.0.0.1:${gateway.port}/`, {
          headers: { host: HOST, ...bearer(one) },
        }),
    );
    const [cut, kept] = sockets;
    if (!cut || !kept) throw new Error("there are two");
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    closedWith.length = 0;
    const closed = once(cut, "close");
    end(token);
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1008, expect.stringContaining("token")]);
    await until("the app was told", () => closedWith.length === 1);
    expect(closedWith).toEqual([1008]);
    kept.send("still there");
    expect(String((await once(kept, "message"))[0])).toBe("still there");
    kept.close();
    await once(kept, "close");
  });

  it("a request whose answer has not begun is answered 401", async () => {
    const token = hourly();
    const answer = ask(gateway.port, "/silent", { headers: { host: HOST, ...bearer(token) } });
    await until("it is under way", () => gateway.routing.inFlight.total === 1);
    end(token);
    expect((await answer).status).toBe(401);
  });
});

it("a WebSocket in the middle of a frame is cut off, since nothing can be put between", async () => {
  const token = platform.sign();
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/half`, {
    headers: { host: HOST, ...bearer(token) },
  });
  await once(socket, "open");
  await until("it is under way", () => gateway.routing.inFlight.total === 1);
  const closed = once(socket, "close");
  revoke(token);
  expect((await closed)[0]).toBe(1006);
});

it("is as good for a root key that is retired, and what is over leaves nothing behind", async () => {
  const next = new PlatformTokens(2);
  gateway.change(next.entry);
  using client = new RawClient(gateway.port, head(next.sign()));
  await client.receives("first");
  gateway.change([next.entry[0], null]);
  await client.closes(1_000);
  for (let i = 0; i < 50; i++)
    await ask(gateway.port, "/whole", { headers: { host: HOST, ...bearer(platform.sign()) } });
  await until("nothing is held", () => gateway.authorizer.underWay.size === 0);
  expect(gateway.routing.inFlight.total).toBe(0);
  expect(gateway.errors).toEqual([]);
});
