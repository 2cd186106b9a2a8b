import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:http2";
import { type AddressInfo, type Socket } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AttemptOutcome, EngineTimeouts, ProxyEngine } from "../src/engine/proxy-engine.ts";
import type { ClientAnswer } from "../src/exchange/client-answer.ts";
import { upstreamHeaders } from "../src/exchange/upstream-headers.ts";
import { Http2Listener } from "../src/h2/http2-listener.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { SECURE_NAME } from "./harness/http-client.ts";
import { Http2Client } from "./harness/http2-client.ts";
import { deadPort, httpApp, rawApp, type TestServer, until } from "./harness/sockets.ts";

const TIMEOUTS: EngineTimeouts = { connectMs: 5_000, answerMs: 30_000, idleMs: 2_000 };
const LIMITS = { headersTimeoutMs: 10_000, idleTimeoutMs: 10_000, maxConnections: 1_000 };

/** The least around an engine for HTTP/2: each request goes to the next of the upstreams until one does not fail. */
class Http2Stage {
  readonly engine: ProxyEngine;
  readonly outcomes: AttemptOutcome[] = [];
  readonly sockets = new Set<Socket>();
  upstreams: number[] = [];
  readonly #server: Server;
  readonly #listener: Http2Listener;

  constructor(engine: ProxyEngine, { chain, key }: { chain: string; key: string }) {
    this.engine = engine;
    this.#listener = new Http2Listener(
      {
        onRequest: (request, response) => void this.#try(request, response),
        onUpgrade: () => {},
        stateOf: () => "free",
      },
      LIMITS,
      () => performance.now(),
    );
    this.#server = createServer({ cert: chain, key, ALPNProtocols: ["h2"] }, (socket) => {
      socket.on("error", () => {});
      this.#listener.begin(socket);
    });
    this.#server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.engine.close();
    this.#listener.stop();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async outcome(index = 0): Promise<AttemptOutcome | undefined> {
    await until("an outcome", () => this.outcomes.length > index);
    return this.outcomes[index];
  }

  async #try(request: ClientAnswer["req"], response: ClientAnswer): Promise<void> {
    for (const port of this.upstreams) {
      const outcome = await this.engine.forward({
        request,
        response,
        target: request.url ?? "",
        headers: upstreamHeaders(request),
        upstream: { host: "127.0.0.1", port },
      });
      this.outcomes.push(outcome);
      if (outcome.kind !== "failed") return;
    }
    if (response.headersSent) throw new Error("an attempt that failed has written to the client");
    response.writeHead(502, {});
    response.end("no upstream");
  }
}

/** What every engine must do for clients of HTTP/2. `makeEngine` gives a new one for each test. */
export function http2EngineContract(
  name: string,
  makeEngine: (timeouts: EngineTimeouts) => ProxyEngine,
): void {
  describe(`${name} as a proxy engine behind HTTP/2`, () => {
    let authority: TestAuthority;
    let pair: { chain: string; key: string };
    let stage: Http2Stage;
    beforeAll(async () => {
      authority = await TestAuthority.make("engine front");
      pair = await authority.pair(`CN=${SECURE_NAME}`, [SECURE_NAME]);
    });
    beforeEach(async () => {
      stage = new Http2Stage(makeEngine(TIMEOUTS), pair);
      await stage.start();
    });
    afterEach(() => stage.stop());

    const via = (...servers: (TestServer | number)[]): Promise<Http2Client> => {
      stage.upstreams = servers.map((server) =>
        typeof server === "number" ? server : server.port,
      );
      return Http2Client.connect(stage.port, authority.pem);
    };
    const noneActive = () =>
      until("no request to an upstream", () => stage.engine.connections().active === 0);

    it("requests arrive over HTTP/1.1 with their target byte for byte, their authority as Host", async () => {
      await using app = await httpApp((request, response) =>
        response.end(JSON.stringify([request.method, request.url, request.headers])),
      );
      using client = await via(app);
      const target = "/a//b/../%2e/http://x/?q=//1?2&u=http://y";
      const reply = await client.ask({
        ":path": target,
        "x-mine": "1",
        cookie: ["a=1", "b=2"],
        te: "trailers",
      });
      const [method, url, headers] = JSON.parse(String(reply.body));
      expect([method, url]).toEqual(["GET", target]);
      expect(headers).toMatchObject({
        host: SECURE_NAME,
        "x-mine": "1",
        cookie: "a=1; b=2",
        connection: "keep-alive",
        "x-forwarded-proto": "https",
      });
      expect(headers).not.toHaveProperty("te");
      expect(headers).not.toHaveProperty("transfer-encoding");
      expect(await stage.outcome()).toEqual({ kind: "answered", status: 200 });
    });

    it.each(["GET", "DELETE", "POST", "PUT"])(
      "bodies of unknown length and the method %s are chunked, and stay inside their chunks",
      async (method) => {
        let raw = "";
        await using app = await rawApp((socket) =>
          socket.on("data", (chunk) => {
            raw += chunk.toString();
            if (raw.endsWith("0\r\n\r\n")) socket.write("HTTP/1.1 204 No Content\r\n\r\n");
          }),
        );
        using client = await via(app);
        const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
        expect((await client.ask({ ":method": method }, smuggled)).status).toBe(204);
        const head = raw.slice(0, raw.indexOf("\r\n\r\n")).toLowerCase();
        expect(head).toContain("transfer-encoding: chunked");
        expect(head).not.toContain("content-length");
        expect(raw.slice(raw.indexOf("\r\n\r\n") + 4)).toBe(
          `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
        );
      },
    );

    it("bodies of a known length are sent with it", async () => {
      await using app = await httpApp((request, response) => {
        response.setHeader("x-length", request.headers["content-length"] ?? "none");
        request.pipe(response);
      });
      using client = await via(app);
      const reply = await client.ask({ ":method": "POST", "content-length": 5 }, "hello");
      expect(reply.headers["x-length"]).toBe("5");
      expect(String(reply.body)).toBe("hello");
    });

    it("large bodies are carried whole, both ways and several at once", async () => {
      await using app = await httpApp((request, response) => request.pipe(response));
      using client = await via(app);
      const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex");
      const bodies = Array.from({ length: 4 }, () => randomBytes(4 * 1024 * 1024));
      const replies = await Promise.all(
        bodies.map((body) => client.ask({ ":method": "PUT" }, body)),
      );
      expect(replies.map(({ body }) => digest(body))).toEqual(bodies.map(digest));
    });

    it("answers come back with status and every header but those of the connection", async () => {
      await using app = await rawApp((socket) =>
        socket.on("data", () =>
          socket.write(
            "HTTP/1.1 299 Fine Indeed\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n" +
              "Connection: X-Hop\r\nX-Hop: no\r\nKeep-Alive: timeout=9\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok",
          ),
        ),
      );
      using client = await via(app);
      const reply = await client.ask();
      expect(reply.status).toBe(299);
      expect(String(reply.body)).toBe("ok");
      expect(reply.headers).toMatchObject({ "x-one": "1", "set-cookie": ["a=1", "b=2"] });
      for (const hop of ["x-hop", "keep-alive", "upgrade", "connection"])
        expect(reply.headers).not.toHaveProperty(hop);
    });

    it.each([
      ["HEAD", 200],
      ["GET", 204],
      ["GET", 304],
    ])(
      "answers to %s with %i have no body and leave the session in order",
      async (method, status) => {
        await using app = await httpApp((_, response) => {
          response.writeHead(status, {
            etag: '"1"',
            ...(method === "HEAD" && { "content-length": 9 }),
          });
          response.end();
        });
        using client = await via(app);
        for (let i = 0; i < 3; i++) {
          const reply = await client.ask({ ":method": method });
          expect([reply.status, reply.body.length, reply.code]).toEqual([status, 0, 0]);
          expect(reply.headers["content-length"]).toBe(method === "HEAD" ? "9" : undefined);
        }
      },
    );

    it("trailers follow the body", async () => {
      await using app = await httpApp((_, response) => {
        response.writeHead(200, { trailer: "x-sum, set-cookie" });
        response.write("body");
        response.addTrailers({ "x-sum": "42", "set-cookie": "a=1" });
        response.end();
      });
      using client = await via(app);
      const reply = await client.ask();
      expect(String(reply.body)).toBe("body");
      expect(reply.trailers).toMatchObject({ "x-sum": "42" });
      expect(reply.trailers).not.toHaveProperty("set-cookie");
    });

    it("events come as they are sent, headers before any", async () => {
      let send: (text: string) => void = () => {};
      await using app = await httpApp((_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        send = (text) => response.write(text);
      });
      using client = await via(app);
      const stream = client.open({}, true);
      let received = "";
      let isBegun = false;
      stream.on("response", () => (isBegun = true)).on("data", (chunk) => (received += chunk));
      await until("the headers", () => isBegun);
      for (const event of ["data: one\n\n", "data: two\n\n"]) {
        send(event);
        await until(event, () => received.endsWith(event));
      }
      client.reset(stream);
      await noneActive();
      expect(await stage.outcome()).toEqual({ kind: "client-gone" });
    });

    it("interim answers of the upstream are skipped", async () => {
      await using app = await rawApp((socket) =>
        socket.on("data", () =>
          socket.write(
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
          ),
        ),
      );
      using client = await via(app);
      expect(String((await client.ask()).body)).toBe("ok");
    });

    it("100 (Continue) is answered to a client that waits for it", async () => {
      await using app = await httpApp((request, response) => request.pipe(response));
      using client = await via(app);
      const stream = client.open({ ":method": "POST", expect: "100-continue" });
      await new Promise((resolve) => stream.once("continue", resolve));
      let received = "";
      stream.on("data", (chunk) => (received += chunk)).end("now");
      await until("the body comes back", () => received !== "");
      expect(received).toBe("now");
    });

    it("an answer before the end of the request ends the stream without an error; others go on", async () => {
      await using app = await httpApp((_, response) => {
        response.writeHead(413).end("too large");
      });
      using client = await via(app);
      const stream = client.open({ ":method": "POST" });
      stream.write(Buffer.alloc(1000));
      let received = "";
      stream.on("data", (chunk) => (received += chunk));
      await until("the stream is closed", () => stream.closed);
      expect([received, stream.rstCode]).toEqual(["too large", constants.NGHTTP2_NO_ERROR]);
      expect((await client.ask()).status).toBe(413);
      await noneActive();
    });

    it("a failure to connect leaves the body for another upstream", async () => {
      await using app = await httpApp((request, response) => request.pipe(response));
      using client = await via(await deadPort(), app);
      const reply = await client.ask({ ":method": "POST" }, "whole");
      expect(String(reply.body)).toBe("whole");
      expect(stage.outcomes[0]).toEqual({ kind: "failed", reason: "unreachable", isSent: false });
    });

    it("an answer that cannot be sent over HTTP/2 is a failure, and nothing reaches the client", async () => {
      await using app = await rawApp((socket) =>
        socket.on("data", () => socket.write("SSH-2.0-x\r\n")),
      );
      using client = await via(app);
      expect((await client.ask()).status).toBe(502);
      expect(await stage.outcome()).toEqual({ kind: "failed", reason: "invalid", isSent: true });
    });

    it("an upstream that breaks off in mid-answer resets the stream, and not the session", async () => {
      await using app = await rawApp((socket) =>
        socket.on("data", () => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          setTimeout(() => socket.resetAndDestroy(), 20);
        }),
      );
      using client = await via(app);
      const [one, two] = await Promise.all([client.ask(), client.ask()]);
      for (const reply of [one, two]) expect(reply.code).toBe(constants.NGHTTP2_INTERNAL_ERROR);
      expect(await stage.outcome(1)).toEqual({ kind: "cut", status: 200 });
      expect(client.session.destroyed).toBe(false);
    });

    it.each([
      ["streams", (client: Http2Client) => client.session.destroy()],
      ["connections", (client: Http2Client) => client.socket.destroy()],
    ])("%s that clients give up leave no request to an upstream", async (_, leave) => {
      await using app = await rawApp((socket) => socket.resume());
      const first = await via(app);
      for (let i = 0; i < 50; i++) first.open({}, true);
      await until("all reach the app", () => app.accepted >= 50);
      leave(first);
      await until("the app's connections are closed", () => app.sockets.size === 0);
      await until("every attempt has ended", () => stage.outcomes.length === 50);
      expect(new Set(stage.outcomes.map(({ kind }) => kind))).toEqual(new Set(["client-gone"]));
      await until("the client's connection is closed", () => stage.sockets.size === 0);
    });

    it("a client that stops in the middle of its body ends the upstream's request", async () => {
      let aborted = 0;
      await using app = await httpApp((request) =>
        request.on("error", () => (aborted += 1)).resume(),
      );
      using client = await via(app);
      const stream = client.open({ ":method": "POST", "content-length": 100 });
      stream.write("half");
      await until("the request arrives", () => app.sockets.size === 1);
      client.reset(stream);
      await until("the app sees its end", () => aborted === 1);
      await noneActive();
      expect(await stage.outcome()).toEqual({ kind: "client-gone" });
    });

    it("slow readers hold their upstream back, and not the others", async () => {
      let written = 0;
      await using app = await httpApp((request, response) => {
        response.setMaxListeners(0);
        if (request.url === "/small") response.end("ok");
        else
          void (async () => {
            for (let i = 0; i < 400 && !response.destroyed; i++) {
              written += 65_536;
              if (!response.write(Buffer.alloc(65_536)))
                await new Promise((resolve) =>
                  response.once("drain", resolve).once("close", resolve),
                );
            }
          })();
      });
      using client = await via(app);
      const slow = client.open({}, true);
      slow.pause();
      await until("the app writes", () => written > 0);
      expect(String((await client.ask({ ":path": "/small" })).body)).toBe("ok");
      // 25 MB were there to be written: what is not read stays with the app, but for what sockets hold.
      expect(written).toBeLessThan(16_000_000);
      client.reset(slow);
      await noneActive();
    });
  });
}
