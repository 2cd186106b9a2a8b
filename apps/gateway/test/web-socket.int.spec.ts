import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { route } from "../src/table/route.fixture.ts";
import { httpApp, until } from "./harness/sockets.ts";
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
