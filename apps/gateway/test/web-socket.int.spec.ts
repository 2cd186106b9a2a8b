import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { route } from "../src/table/route.fixture.ts";
import { httpApp, RawClient, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "chat.localhost";

it("carries real WebSockets: text, binary, large messages, pings and the closing handshake", async () => {
  const server = new WebSocketServer({ noServer: true });
  let closedWith: number | undefined;
  server.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("close", (code) => (closedWith = code));
  });
  await using app = await httpApp((_, response) => response.end(), {
    configure: (http) =>
      http.on("upgrade", (request, socket, head) =>
        server.handleUpgrade(request, socket, head, (ws) => server.emit("connection", ws, request)),
      ),
  });
  await using gateway = await TestGateway.start([route(HOST, [app.port])]);
  const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/room?x=1`, ["chat"], {
    headers: { host: HOST },
  });
  await once(client, "open");
  expect(client.protocol).toBe("chat");
  for (const message of ["hello", randomBytes(1), randomBytes(70_000), randomBytes(3_000_000)]) {
    client.send(message);
    const [data] = (await once(client, "message")) as [Buffer];
    expect(data.equals(Buffer.from(message))).toBe(true);
  }
  client.ping();
  await once(client, "pong");
  client.close(4001);
  await once(client, "close");
  await until("the app has the close code", () => closedWith === 4001);
  await until("nothing is left", () => gateway.engine.connections().active === 0);
  await until("the client's connection is gone", () => gateway.front.connections === 0);
});

const UPGRADE = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
const SWITCHING =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** An app that takes every upgrade and ends its half at once, and what it reads afterwards. */
async function endingApp() {
  const seen = { text: "", hasEnded: false };
  const app = await httpApp((_, response) => response.end(), {
    configure: (http) =>
      http.on("upgrade", (_, socket) => {
        socket.on("error", () => {});
        socket.on("data", (data: Buffer) => (seen.text += data.toString()));
        socket.on("end", () => (seen.hasEnded = true));
        socket.end(`${SWITCHING}last`);
      }),
  });
  return { app, seen };
}

it("carries what a client says after the app has ended its half, and ends then", async () => {
  const { app, seen } = await endingApp();
  await using _ = app;
  await using gateway = await TestGateway.start([route(HOST, [app.port])]);
  const client = connect({ host: "127.0.0.1", port: gateway.port, allowHalfOpen: true });
  client.write(UPGRADE);
  client.resume();
  await once(client, "end");
  client.end("and this");
  await until("the app has the end", () => seen.hasEnded);
  expect(seen.text).toBe("and this");
  await until("nothing is left", () => gateway.engine.connections().active === 0);
  await until("the client's connection is gone", () => gateway.front.connections === 0);
});

it("gives a client that holds on to its half ten seconds once the app has ended its own", async () => {
  const { app } = await endingApp();
  await using _ = app;
  await using gateway = await TestGateway.start([route(HOST, [app.port])]);
  const client = connect({ host: "127.0.0.1", port: gateway.port, allowHalfOpen: true });
  client.on("error", () => {});
  client.write(UPGRADE);
  client.resume();
  await once(client, "end");
  const endedAtMs = performance.now();
  await until("nothing is left", () => gateway.engine.connections().active === 0);
  expect(performance.now() - endedAtMs).toBeGreaterThan(5_000);
  client.destroy();
});

it("reaches an instance on another node through its tunnel, or not at all", async () => {
  const { app } = await endingApp();
  await using _ = app;
  const { upstreams, ...rest } = route(HOST, [app.port]);
  const elsewhere = upstreams.map((upstream) => ({ ...upstream, node: "node-2" }));
  await using gateway = await TestGateway.start([{ ...rest, upstreams: elsewhere }], { waitMs: 1 });
  using client = new RawClient(gateway.port, UPGRADE);
  // This gateway has no certificate to open a tunnel with.
  await client.receives("HTTP/1.1 502 ");
  expect(app.accepted).toBe(0);
});
