import { expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { ask } from "./harness/http-client.ts";
import { httpApp, RawClient, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

it("finishes what is under way, says that each answer is the last, and takes nothing new", async () => {
  const asked = Promise.withResolvers<() => void>();
  await using app = await httpApp((_, response) => asked.resolve(() => response.end("done")));
  const gateway = await TestGateway.start([route(HOST, [app.port])]);
  using client = new RawClient(gateway.port, GET);
  const finish = await asked.promise;
  const closed = gateway.front.close(gateway.gateway, 5_000);
  await expect(ask(gateway.port, "/", { headers: { host: HOST } })).rejects.toThrow(/ECONNREFUSED/);
  finish();
  await client.closes();
  expect(client.received).toMatch(/\r\nConnection: close\r\n/i);
  expect(client.received).toMatch(/done/);
  await closed;
  gateway.engine.close();
});

it("answers a request that was on its way on an idle connection", async () => {
  await using app = await httpApp((_, response) => response.end("ok"));
  const gateway = await TestGateway.start([route(HOST, [app.port])]);
  using client = new RawClient(gateway.port, GET);
  await client.receives("ok");
  const closed = gateway.front.close(gateway.gateway, 5_000);
  client.socket.write(GET);
  await client.closes();
  expect(client.received.split("HTTP/1.1 200 OK")).toHaveLength(3);
  expect(client.received).toMatch(/Connection: close/i);
  await closed;
  gateway.engine.close();
});

it("ends at its deadline with requests and WebSockets that would go on for ever", async () => {
  await using app = await httpApp(() => {}, {
    configure: (server) =>
      server.on("upgrade", (_, socket) => {
        socket.on("error", () => {});
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
      }),
  });
  const gateway = await TestGateway.start([route(HOST, [app.port])]);
  using hanging = new RawClient(gateway.port, GET);
  using socket = new RawClient(
    gateway.port,
    `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  await socket.receives("101");
  await until("the app has both", () => app.accepted === 2);
  await gateway.front.close(gateway.gateway, 500);
  await hanging.closes();
  await socket.closes();
  expect(hanging.received).toBe("");
  gateway.engine.close();
});
