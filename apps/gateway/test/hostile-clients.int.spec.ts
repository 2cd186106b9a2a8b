import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { ask } from "./harness/http-client.ts";
import { httpApp, RawClient, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";

describe("a gateway among slow and hostile clients", () => {
  let app: TestServer;
  let gateway: TestGateway;
  const seen: string[] = [];
  beforeEach(async () => {
    seen.length = 0;
    app = await httpApp((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.url === "/large") response.end(Buffer.alloc(32 * 1024 * 1024));
      else if (request.url === "/quiet") response.write("first");
      else request.resume().on("end", () => response.end("ok"));
    });
    gateway = await TestGateway.start([route(HOST, [app.port])], {
      headersTimeoutMs: 300,
      idleTimeoutMs: 400,
      maxConnections: 50,
    });
  });
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await app.die();
  });
  /** What must be true after anything that a client did. */
  const isUnharmed = async () =>
    gateway.errors.length === 0 &&
    (await ask(gateway.port, "/", { headers: { host: HOST } })).body === "ok";
  const client = (bytes: string) => new RawClient(gateway.port, bytes);
  const head = (lines = "") => `GET / HTTP/1.1\r\nHost: ${HOST}\r\n${lines}\r\n`;

  it("drops one that never finishes its headers", async () => {
    using slow = client(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-Slow: `);
    const trickle = setInterval(() => slow.socket.write("x"), 50);
    await slow.closes();
    clearInterval(trickle);
    expect(slow.received).toMatch(/^HTTP\/1.1 408 /);
    expect(seen).toEqual([]);
  });

  it("drops one that owes its body and is silent, and frees the upstream", async () => {
    using slow = client(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 10\r\n\r\n12345`);
    await until("the app has it", () => seen.length === 1);
    await slow.closes();
    await until("the upstream's connection is closed", () => app.sockets.size === 0);
    expect(await isUnharmed()).toBe(true);
  });

  it("drops one that does not read its answer", async () => {
    using slow = client(`GET /large HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    slow.socket.pause();
    await until(
      "the upstream's connection is closed",
      () => seen.length === 1 && app.sockets.size === 0,
    );
    expect(await isUnharmed()).toBe(true);
  });

  it("keeps one whose app is silent", async () => {
    using patient = client(`GET /quiet HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await patient.receives("first");
    // Twice the time for clients, one after the other: whoever is dropped for silence would be by then.
    for (const owed of [1, 2]) {
      using slow = client(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${owed}\r\n\r\n`);
      await slow.closes();
    }
    expect(patient.isClosed).toBe(false);
  });

  it("drops one that opens a connection and says nothing", async () => {
    using silent = client("");
    await silent.closes();
    expect(seen).toEqual([]);
  });

  it("takes no more connections than it may, and goes on with those it has", async () => {
    const held = Array.from({ length: 50 }, () =>
      client(`GET /quiet HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`),
    );
    await until("all are answered", () => seen.length === 50);
    using extra = client(head());
    await extra.closes();
    expect(extra.received).toBe("");
    for (const one of held) one[Symbol.dispose]();
    await until("they are gone", () => gateway.front.connections === 0);
    expect(await isUnharmed()).toBe(true);
  });

  it.each([
    ["garbage", "\u0000\u0001\u0002 nonsense\r\n\r\n", "400"],
    ["headers beyond 32 KiB", head(`X: ${"x".repeat(40_000)}\r\n`), "431"],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", "400"],
    ["two Hosts", head(`Host: ${HOST}\r\n`), "400"],
    ["a Host that is none", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"],
    ["a target of another host", `GET http://other/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, "400"],
    ["length and chunks", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "400"],
    ["two lengths", head("Content-Length: 5\r\nContent-Length: 6\r\n"), "400"],
    ["a signed length", head("Content-Length: +5\r\n"), "400"],
    ["an unknown coding", head("Transfer-Encoding: gzip, chunked\r\n"), "501"],
    ["chunks that are not last", head("Transfer-Encoding: chunked, gzip\r\n"), "400"],
    ["a folded header", head("X: a\r\n b: c\r\nTransfer-Encoding : chunked\r\n"), "400"],
    ["a bare carriage return", `GET / HTTP/1.1\r\nHost: ${HOST}\rX: y\r\n\r\n`, "400"],
    ["a header without a name", head(": x\r\n"), "400"],
    ["a NUL in a header", head("X: a\u0000b\r\n"), "400"],
    ["a target with a fragment", `GET /#x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, "400"],
    ["the asterisk", `OPTIONS * HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, "400"],
    ["HTTP/3.0", `GET / HTTP/3.0\r\nHost: ${HOST}\r\n\r\n`, "400"],
  ])("refuses %s, without a word to the app", async (_, bytes, status) => {
    using bad = client(bytes);
    await bad.receives("\r\n\r\n");
    expect(bad.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(seen).toEqual([]);
  });

  it("closes a CONNECT, and takes HTTP/2 over an upgrade for the plain request that it is", async () => {
    using connect = client(`CONNECT ${HOST}:80 HTTP/1.1\r\nHost: ${HOST}:80\r\n\r\n`);
    await connect.closes();
    using h2c = client(
      head("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"),
    );
    await h2c.receives("ok");
    expect(h2c.received).toMatch(/^HTTP\/1.1 200 /);
    expect(seen).toEqual(["GET /"]);
  });

  it("answers pipelined requests in their order", async () => {
    using eager = client(head() + `GET /none HTTP/1.1\r\nHost: unknown.localhost\r\n\r\n` + head());
    await until("three answers", () => eager.received.split("HTTP/1.1 ").length === 4);
    const statuses = [...eager.received.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(["200", "404", "200"]);
  });

  it("refuses a large upload to an unknown host, and reads no more than a moment of it", async () => {
    using upload = client(
      "POST / HTTP/1.1\r\nHost: unknown.localhost\r\nContent-Length: 10000000\r\n\r\n",
    );
    await upload.receives("no app answers");
    await upload.closes();
    expect(await isUnharmed()).toBe(true);
  });

  it("lives through any bytes, cut off anywhere", async () => {
    const parts = fc.constantFrom(
      head(),
      "GET ",
      "POST / HTTP/1.1\r\n",
      `Host: ${HOST}\r\n`,
      "\r\n",
      "\n",
      "\u0000",
      "chunked",
      "Transfer-Encoding: chunked\r\n",
      "Content-Length: 3\r\n",
      "abc",
      "0\r\n\r\n",
      "ffffffff\r\n",
      "Upgrade: websocket\r\nConnection: Upgrade\r\n",
      "Expect: 100-continue\r\n",
      ": ",
      " ",
    );
    const bytes = fc.array(fc.oneof(parts, fc.string()), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (pieces, resets) => {
        using fuzzer = client("");
        for (const piece of pieces) fuzzer.socket.write(piece, "latin1");
        await new Promise((resolve) => setImmediate(resolve));
        if (resets) fuzzer.socket.resetAndDestroy();
        else fuzzer.socket.end();
      }),
      { numRuns: 300, endOnFailure: true },
    );
    await until("all are gone", () => gateway.front.connections === 0, 10_000);
    await until("and nothing is left upstream", () => gateway.engine.connections().active === 0);
    expect(await isUnharmed()).toBe(true);
  });
});

it("answers 100-continue itself, and hands the body on", async () => {
  await using app = await httpApp((request, response) => request.pipe(response));
  await using gateway = await TestGateway.start([route(HOST, [app.port])]);
  using client = new RawClient(
    gateway.port,
    `PUT / HTTP/1.1\r\nHost: ${HOST}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
  );
  await client.receives("100 Continue");
  client.socket.write("hello");
  await client.receives("hello");
  expect(client.received).toContain("HTTP/1.1 200 OK");
});
