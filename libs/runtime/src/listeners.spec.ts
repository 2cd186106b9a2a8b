import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import { listenerAt, listeners, parseListener } from "./listeners.ts";

const line = (local: string, state: string, uid: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid}        0 1234 1`;

async function listening(host: string): Promise<Server> {
  const server = createServer((socket) => socket.resume()).listen(0, host);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has no port");
  return address.port;
}

const own = process.getuid?.();

describe("a line of the kernel's table", () => {
  it("is a socket that listens, or none", () => {
    expect(parseListener(line("0100007F:4E20", "0A", 200_001))).toEqual({
      address: "0100007F",
      port: 20_000,
      uid: 200_001,
      inode: "1234",
    });
    expect(parseListener(line("0100007F:4E20", "01", 200_001))).toBeUndefined();
  });
});

describe("who listens", () => {
  it.each([
    ["127.0.0.1", ["127.0.0.1"], ["127.0.0.2", "::1"]],
    ["127.0.0.2", ["127.0.0.2"], ["127.0.0.1"]],
    ["0.0.0.0", ["127.0.0.1", "127.0.0.2"], []],
    ["::", ["127.0.0.1", "127.0.0.2"], []],
    ["::ffff:127.0.0.1", ["127.0.0.1"], ["127.0.0.2"]],
  ])("on %s takes connections to %j and not to %j", async (host, reached, others) => {
    await using server = await listening(host);
    const port = portOf(server);
    for (const address of reached)
      expect(listenerAt({ host: address, port })).toMatchObject({ port, uid: own });
    for (const address of others) expect(listenerAt({ host: address, port })).toBeUndefined();
  });

  it("is found before every connection, of which there may be many: the whole table has no other", async () => {
    await using server = await listening("127.0.0.1");
    const port = portOf(server);
    const clients = Array.from({ length: 50 }, () => connect(port, "127.0.0.1"));
    await Promise.all(clients.map((client) => once(client, "connect")));
    const wholly = ["/proc/net/tcp", "/proc/net/tcp6"]
      .flatMap((table) => readFileSync(table, "utf8").split("\n").slice(1))
      .flatMap((row) => parseListener(row) ?? [])
      .filter((one) => one.port === port);
    const found = [...listeners()].filter((one) => one.port === port);
    for (const client of clients) client.destroy();
    expect(found).toEqual(wholly);
    expect(found).toHaveLength(1);
  });
});
