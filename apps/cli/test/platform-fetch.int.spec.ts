import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, expect, it } from "vitest";
import { loopbackFetch, platformFetch } from "../src/api/platform-fetch.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

it("reaches names below .localhost on the loopback interface, with their own Host", async () => {
  const port = await serve((request, response) => response.end(request.headers.host));
  const answer = await platformFetch(`http://any.thing.localhost:${port}/`);
  expect(await answer.text()).toBe(`any.thing.localhost:${port}`);
});

it("reaches the platform of this machine by a name that leads nowhere", async () => {
  const port = await serve((request, response) => response.end(request.headers.host));
  const url = `http://bastide.apps.invalid:${port}/`;
  await expect(platformFetch(url)).rejects.toThrow(/bastide\.apps\.invalid/);
  expect(await (await loopbackFetch(url)).text()).toBe(`bastide.apps.invalid:${port}`);
});

it("sends a stream without holding it in memory, and gives status and headers", async () => {
  let received = 0;
  const port = await serve((request, response) => {
    request.on("data", (chunk: Buffer) => void (received += chunk.length));
    request.on("end", () => response.writeHead(201, { "x-answer": "yes" }).end("{}"));
  });
  async function* chunks() {
    for (let i = 0; i < 64; i++) yield new Uint8Array(65_536);
  }
  const body = ReadableStream.from(chunks());
  const answer = await platformFetch(`http://localhost:${port}/`, { method: "POST", body });
  expect([answer.status, answer.headers.get("x-answer"), await answer.json()]).toEqual([
    201,
    "yes",
    {},
  ]);
  expect(received).toBe(64 * 65_536);
});

it("has no body where there can be none", async () => {
  const port = await serve((_, response) => response.writeHead(204).end());
  const answer = await platformFetch(`http://localhost:${port}/`);
  expect([answer.status, answer.body]).toEqual([204, null]);
});

it("gives the answer of a server that refuses an upload before it has all of it", async () => {
  const port = await serve((request, response) => {
    response.writeHead(413, { connection: "close" }).end("too large");
    request.resume();
  });
  async function* endless() {
    for (let i = 0; i < 2000; i++) yield new Uint8Array(65_536);
  }
  const body = ReadableStream.from(endless());
  const answer = await platformFetch(`http://localhost:${port}/`, { method: "POST", body });
  expect([answer.status, await answer.text()]).toEqual([413, "too large"]);
});

it("fails with the source's error when the source of an upload breaks", async () => {
  const port = await serve((request) => request.resume());
  async function* broken() {
    yield new Uint8Array(10);
    throw new Error("the disk broke");
  }
  const body = ReadableStream.from(broken());
  await expect(
    platformFetch(`http://localhost:${port}/`, { method: "POST", body }),
  ).rejects.toThrow("the disk broke");
});

it("ends with its signal, also in the middle of an answer", async () => {
  const port = await serve((_, response) => response.write("begun"));
  const controller = new AbortController();
  const answer = await platformFetch(`http://localhost:${port}/`, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(answer.text()).rejects.toThrow(/enough|abort/i);
});
