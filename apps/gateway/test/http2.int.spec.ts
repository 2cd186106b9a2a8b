import { constants } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { Http2Client, replyOf } from "./harness/http2-client.ts";
import { frame, RawHttp2 } from "./harness/raw-http2.ts";
import { httpApp, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway, type TestGatewayOptions } from "./harness/test-gateway.ts";

const HOST = "shop.test";

let authority: TestAuthority;
let app: TestServer;
let hold: (() => void)[] = [];

beforeAll(async () => {
  authority = await TestAuthority.make("server authority");
  app = await httpApp((request, response) => {
    if (request.url === "/hold") hold.push(() => response.end("held"));
    else if (request.url === "/echo") request.pipe(response);
    else response.end(JSON.stringify(request.headers));
  });
});
afterAll(() => app[Symbol.asyncDispose]());

async function start(options: TestGatewayOptions = {}): Promise<TestGateway> {
  hold = [];
  const certificates = [await authority.certificate([HOST])];
  return TestGateway.startSecure([route(HOST, [app.port])], { certificates }, options);
}

const rawSession = (gateway: TestGateway, bytes: Buffer): Promise<RawHttp2> =>
  RawHttp2.connect(gateway.httpsPort, authority.pem, HOST, bytes);

const connect = (gateway: TestGateway) =>
  Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, { servername: HOST });

describe("HTTP/2", () => {
  it("is chosen at the handshake by clients that speak it, and reaches the same routes", async () => {
    await using gateway = await start();
    using client = await connect(gateway);
    expect(client.socket.alpnProtocol).toBe("h2");
    const reply = await client.ask();
    expect(reply.status).toBe(200);
    expect(JSON.parse(String(reply.body))).toMatchObject({
      host: HOST,
      "x-forwarded-proto": "https",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": String(gateway.httpsPort),
    });
    expect((await client.ask({ ":path": "/", "x-forwarded-for": "9.9.9.9" })).status).toBe(200);
    expect(gateway.errors).toEqual([]);
  });

  it("answers refusals of the gateway itself, with a body but to HEAD", async () => {
    await using gateway = await start();
    gateway.applyAll([], { certificates: [await authority.certificate([HOST])] });
    using client = await connect(gateway);
    const refused = await client.ask({ accept: "application/json" });
    expect([refused.status, refused.code]).toEqual([404, 0]);
    expect(JSON.parse(String(refused.body))).toMatchObject({ status: 404 });
    const head = await client.ask({ ":method": "HEAD" });
    expect([head.status, head.body.length, head.code]).toEqual([404, 0, 0]);
  });

  it.each([
    ["CONNECT", { ":method": "CONNECT", ":path": undefined, ":scheme": undefined }, 501],
    ["a method that HTTP/1.1 does not know", { ":method": "FROBNICATE" }, 501],
    ["a scheme that is not the connection's", { ":scheme": "http" }, 400],
    ["two authorities", { host: "other.test" }, 400],
    ["a path that needs percent-encoding", { ":path": "/a\u00e9" }, 400],
    ["a fragment", { ":path": "/a#b" }, 400],
  ])("refuses %s", async (_, headers, status) => {
    await using gateway = await start();
    using client = await connect(gateway);
    expect((await client.ask(headers)).status).toBe(status);
    expect((await client.ask()).status).toBe(200);
  });

  it.each([
    ["a body shorter than its length", { "content-length": "9" }],
    ["an authority that is no host", { ":authority": "user@shop.test" }],
    ["a path that is none", { ":path": "*" }],
    ["a field of HTTP/1.1's connections", { te: "gzip" }],
  ])("resets a stream with %s, and no other", async (_, headers) => {
    await using gateway = await start();
    using client = await connect(gateway);
    const asked = { ":method": "POST", ":path": "/echo", ...headers };
    // Node's own client refuses to send some of it; the gateway resets the rest.
    const reply = await client.ask(asked, "hello").catch(() => undefined);
    expect([undefined, constants.NGHTTP2_PROTOCOL_ERROR]).toContain(reply?.code);
    expect([undefined, 0]).toContain(reply?.status);
    expect((await client.ask()).status).toBe(200);
  });

  it("lets no line break of a value become a line of HTTP/1.1", async () => {
    await using gateway = await start();
    using client = await connect(gateway);
    for (const value of ["a\r\nX-Smuggled: 1", "a\nb", "a\u0000b"]) {
      const outcome = await client.ask({ "x-mine": value }).catch(() => undefined);
      expect(String(outcome?.body ?? "")).not.toContain("smuggled");
    }
  });
});

describe("limits of HTTP/2", () => {
  it("bound the streams that a client has open at once", async () => {
    await using gateway = await start();
    using client = await connect(gateway);
    await client.ask();
    expect(client.session.remoteSettings.maxConcurrentStreams).toBe(128);
    expect(client.session.remoteSettings.enablePush).toBe(false);
    const streams = Array.from({ length: 200 }, () => client.open({ ":path": "/hold" }, true));
    await until("as many as may be reach the app", () => hold.length === 128);
    const replies = streams.map(replyOf);
    await until("all of them are answered in their turn", () => {
      for (const end of hold.splice(0)) end();
      return streams.every(({ closed }) => closed);
    });
    expect((await Promise.all(replies)).every(({ status }) => status === 200)).toBe(true);
  });

  it("bound a request's headers", async () => {
    await using gateway = await start();
    using client = await connect(gateway);
    const big = await client.ask({ "x-big": "a".repeat(40_000) });
    expect(big.status).not.toBe(200);
    using other = await connect(gateway);
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-${i}`, "1"]));
    expect((await other.ask(many)).status).not.toBe(200);
    using third = await connect(gateway);
    expect((await third.ask()).status).toBe(200);
  });

  it("bound the headers of a client that never acknowledges the settings", async () => {
    await using gateway = await start();
    const literal = (text: string, length: number[]) =>
      Buffer.concat([Buffer.from(length), Buffer.from(text)]);
    // RFC 7541 §6.1 and appendix A: GET, https, /, and the authority; then a name of 33,000 bytes and no value (§5.1).
    const block = Buffer.concat([
      Buffer.of(0x82, 0x87, 0x84, 0x01),
      literal(HOST, [HOST.length]),
      literal("a".repeat(33_000), [0x00, 0x7f, 0xe9, 0x80, 0x02]),
      Buffer.of(0),
    ]);
    const parts = [0, 1, 2].map((i) => block.subarray(i * 16_384, (i + 1) * 16_384));
    const [first = block, second = block, third = block] = parts;
    const headers = [frame(1, 1, 1, first), frame(9, 0, 1, second), frame(9, 4, 1, third)];
    const { accepted } = app;
    const raw = await rawSession(gateway, Buffer.concat(headers));
    // `:status: 431` as nghttp2 writes it: a literal of that name (RFC 7541 §6.2.1).
    await until("it is refused", () => raw.received.includes(Buffer.from("H\u0003431")));
    expect(app.accepted).toBe(accepted);
    raw.socket.destroy();
  });

  it("end a session whose client resets streams as fast as it can, and free what they held", async () => {
    await using gateway = await start();
    using client = await connect(gateway);
    let code: number | undefined;
    client.session.on("goaway", (given) => (code = given));
    for (let i = 0; i < 1_000 && !client.session.destroyed && !client.session.closed; i++) {
      const stream = client.open({ ":path": "/hold" }, true);
      await new Promise((resolve) => setImmediate(resolve));
      client.reset(stream);
    }
    await until("the session ends", () => client.session.destroyed);
    expect(code).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    await until("nothing is left", () => gateway.engine.connections().active === 0);
    using other = await connect(gateway);
    expect((await other.ask()).status).toBe(200);
  });

  it.each([
    ["settings", frame(4, 0, 0, Buffer.alloc(6))],
    ["pings", frame(6, 0, 0, Buffer.alloc(8))],
  ])("end a session that floods it with %s and does not read, and serve others", async (_, one) => {
    await using gateway = await start({ idleTimeoutMs: 300 });
    const raw = await rawSession(gateway, Buffer.alloc(0));
    raw.socket.pause();
    const many = Buffer.concat(Array.from({ length: 5_000 }, () => one));
    // What it cannot answer it does not read: it ends when neither side gets on.
    await until("the session ends", () => {
      if (raw.socket.writableLength === 0 && !raw.isClosed) raw.socket.write(many);
      return gateway.secure.connections === 0;
    });
    raw.socket.destroy();
    using other = await connect(gateway);
    expect((await other.ask()).status).toBe(200);
  });

  it("end a session with a header block without end", async () => {
    await using gateway = await start();
    const opening = frame(1, 0, 1, Buffer.from([0x82]));
    const raw = await rawSession(gateway, opening);
    const more = frame(
      9,
      0,
      1,
      Buffer.concat([Buffer.from([0x00, 0x01, 0x61, 0x7f, 0x81, 0x00]), Buffer.alloc(256, 0x61)]),
    );
    await until("the session ends", () => {
      if (!raw.isClosed) raw.socket.write(more);
      return raw.isClosed;
    });
    using other = await connect(gateway);
    expect((await other.ask()).status).toBe(200);
  });

  it("end a session that never asks for anything, and keep one that waits for an answer", async () => {
    await using gateway = await start({ headersTimeoutMs: 100, idleTimeoutMs: 200 });
    const raw = await rawSession(gateway, Buffer.alloc(0));
    using busy = await connect(gateway);
    const held = busy.ask({ ":path": "/hold" });
    await until("the silent one is closed", () => raw.isClosed);
    const idle = performance.now() + 500;
    await until("twice the idle time", () => performance.now() > idle);
    expect(busy.session.destroyed).toBe(false);
    for (const end of hold) end();
    expect(String((await held).body)).toBe("held");
    await until("it is closed when it is idle", () => busy.session.destroyed);
  });
});

it("a gateway that ends tells HTTP/2 clients so, finishes what is under way and takes nothing more", async () => {
  const gateway = await start();
  using client = await connect(gateway);
  const held = client.ask({ ":path": "/hold" });
  await until("the app has it", () => hold.length === 1);
  const goaways: number[] = [];
  client.session.on("goaway", (code) => goaways.push(code));
  const closed = gateway.secure.close(gateway.gateway, 5_000);
  await until("the first notice", () => goaways.length > 0);
  for (const end of hold) end();
  expect(String((await held).body)).toBe("held");
  await closed;
  expect(new Set(goaways)).toEqual(new Set([constants.NGHTTP2_NO_ERROR]));
  await until("the session is over", () => client.session.destroyed);
  await gateway[Symbol.asyncDispose]();
});
