import { createHash, randomBytes } from "node:crypto";
import { type Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type {
  Attempt,
  AttemptOutcome,
  EngineTimeouts,
  ProxyEngine,
} from "../src/engine/proxy-engine.ts";
import { upstreamHeaders } from "../src/exchange/upstream-headers.ts";
import type { EngineFront } from "./harness/engine-fronts.ts";
import {
  deadPort,
  httpApp,
  rawApp,
  type RawClient,
  type TestServer,
  until,
} from "./harness/sockets.ts";

const TIMEOUTS: EngineTimeouts = { connectMs: 5_000, answerMs: 30_000, idleMs: 2_000 };

/** The least around an engine: each request goes to the next of the upstreams until one does not fail. */
class Stage {
  readonly engine: ProxyEngine;
  readonly outcomes: AttemptOutcome[] = [];
  readonly sockets = new Set<Socket>();
  upstreams: number[] = [];
  /** What each attempt is asked besides. */
  more: Partial<Attempt> = {};
  connected = 0;
  readonly #server: Server;

  constructor(engine: ProxyEngine, front: EngineFront) {
    this.engine = engine;
    this.#server = front.server();
    this.#server.on("request", (request, response) => void this.#try(request, response));
    this.#server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => {});
      const response = new ServerResponse(request);
      response.assignSocket(request.socket);
      response.shouldKeepAlive = false;
      socket.on("drain", () => response.emit("drain"));
      response.once("finish", () => request.socket.destroySoon());
      void this.#try(request, response, head);
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
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The outcome that a test waits for. */
  async outcome(index = 0): Promise<AttemptOutcome> {
    await until("an outcome", () => this.outcomes.length > index);
    const outcome = this.outcomes[index];
    if (!outcome) throw new Error(`there is no outcome ${index}`);
    return outcome;
  }

  async #try(
    request: ServerResponse["req"],
    response: ServerResponse,
    head?: Buffer,
  ): Promise<void> {
    for (const port of this.upstreams) {
      const attempt = {
        request,
        response,
        target: request.url ?? "",
        headers: upstreamHeaders(request),
        upstream: { host: "127.0.0.1", port },
        onConnected: () => (this.connected += 1),
        ...this.more,
      };
      const outcome = await (head
        ? this.engine.upgrade(attempt, head)
        : this.engine.forward(attempt));
      this.outcomes.push(outcome);
      if (outcome.kind !== "failed") return;
    }
    if (response.headersSent) throw new Error("an attempt that failed has written to the client");
    response.writeHead(502).end("no upstream");
  }
}

/** Politely or not, by turns. */
function leave(client: RawClient, turn: number): void {
  if (turn % 2 === 0) client.socket.destroy();
  else client.reset();
}

/** What every engine must do for clients of HTTP/1.1, in the clear or over TLS. `makeEngine` gives a new one for each test. */
export function proxyEngineContract(
  name: string,
  makeEngine: (timeouts: EngineTimeouts) => ProxyEngine,
  front: EngineFront,
): void {
  describe(`${name} as a proxy engine behind ${front.name}`, () => {
    let stage: Stage;
    const rawClient = (port: number, bytes?: string | Buffer) => front.raw(port, bytes);
    beforeEach(async () => {
      stage = new Stage(makeEngine(TIMEOUTS), front);
      await stage.start();
    });
    afterEach(() => stage.stop());

    const via = (...servers: (TestServer | number)[]) => {
      stage.upstreams = servers.map((server) =>
        typeof server === "number" ? server : server.port,
      );
      return stage;
    };
    const noConnections = () =>
      until("no connection is left on either side", () => stage.sockets.size === 0).then(() =>
        until("none to an upstream", () => stage.engine.connections().active === 0),
      );

    describe("requests", () => {
      it("arrive with their target byte for byte, their method, headers and body", async () => {
        await using app = await httpApp((request, response) => {
          const chunks: Buffer[] = [];
          request.on("data", (chunk: Buffer) => chunks.push(chunk));
          request.on("end", () =>
            response.end(
              JSON.stringify([
                request.method,
                request.url,
                request.headers,
                String(Buffer.concat(chunks)),
              ]),
            ),
          );
        });
        via(app);
        const target = "/a//b/../%2e/http://x/?q=//1?2&u=http://y";
        const answer = await front.ask(stage.port, target, {
          method: "POST",
          headers: { host: "shop.localhost", "x-mine": "1", cookie: "a=1; b=2" },
          body: "hello",
        });
        const [method, url, headers, body] = JSON.parse(answer.body);
        expect([method, url, body]).toEqual(["POST", target, "hello"]);
        expect(headers).toMatchObject({
          host: "shop.localhost",
          "x-mine": "1",
          cookie: "a=1; b=2",
          "content-length": "5",
          connection: "keep-alive",
        });
        expect(await stage.outcome()).toEqual({ kind: "answered", status: 200 });
      });

      it.each(["GET", "DELETE", "OPTIONS", "POST", "PUT", "PATCH"])(
        "with a chunked body and the method %s stay inside their framing",
        async (method) => {
          let raw = "";
          await using app = await rawApp((socket) =>
            socket.on("data", (chunk) => {
              raw += chunk.toString();
              if (raw.endsWith("0\r\n\r\n")) socket.write("HTTP/1.1 204 No Content\r\n\r\n");
            }),
          );
          via(app);
          const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
          const answer = await front.ask(stage.port, "/", {
            method,
            headers: { "transfer-encoding": "chunked" },
            body: smuggled,
          });
          expect(answer.status).toBe(204);
          const [head, body] = [
            raw.slice(0, raw.indexOf("\r\n\r\n")),
            raw.slice(raw.indexOf("\r\n\r\n") + 4),
          ];
          expect(head.toLowerCase()).toContain("transfer-encoding: chunked");
          expect(head.toLowerCase()).not.toContain("content-length");
          expect(body).toBe(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`);
        },
      );

      it.each(["GET", "DELETE", "HEAD"])(
        "without a body are sent without one: %s",
        async (method) => {
          let raw = "";
          await using app = await rawApp((socket) =>
            socket.on("data", (chunk) => {
              raw += chunk.toString();
              socket.write("HTTP/1.1 204 No Content\r\n\r\n");
            }),
          );
          await front.ask(via(app).port, "/", { method });
          expect(raw.toLowerCase()).not.toContain("transfer-encoding");
          expect(raw.endsWith("\r\n\r\n")).toBe(true);
        },
      );

      it("reuse connections, until the upstream is released", async () => {
        await using app = await httpApp((_, response) => response.end("ok"));
        via(app);
        for (let i = 0; i < 10; i++) await front.ask(stage.port);
        expect(app.accepted).toBe(1);
        await until("the connection is idle", () => stage.engine.connections().idle === 1);
        stage.engine.release({ host: "127.0.0.1", port: app.port });
        await until("the app sees it closed", () => app.sockets.size === 0);
        expect(stage.engine.connections()).toEqual({ active: 0, idle: 0 });
        await front.ask(stage.port);
        expect(app.accepted).toBe(2);
        expect(stage.connected).toBe(11);
      });

      it("carry large bodies whole, both ways", async () => {
        const bytes = randomBytes(8 * 1024 * 1024);
        await using app = await httpApp((request, response) => request.pipe(response));
        const back = await front.bytes(via(app).port, bytes);
        const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex");
        expect(digest(back)).toBe(digest(bytes));
      });
    });

    describe("answers", () => {
      it("come back with status, reason, and headers in order, case and number", async () => {
        await using app = await rawApp((socket) =>
          socket.on("data", () =>
            socket.write(
              "HTTP/1.1 299 Fine Indeed\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n" +
                "Connection: X-Hop\r\nX-Hop: no\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nok",
            ),
          ),
        );
        using client = rawClient(via(app).port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.receives("\r\n\r\nok");
        expect(client.received).toContain(
          "HTTP/1.1 299 Fine Indeed\r\nX-One: 1\r\nSet-Cookie: a=1\r\n",
        );
        expect(client.received).toContain("Set-Cookie: b=2\r\n");
        expect(client.received).not.toMatch(/X-Hop|timeout=9/);
      });

      it.each([
        ["HEAD", 200],
        ["GET", 204],
        ["GET", 304],
      ])("to %s with %i have no body and leave the connection in order", async (method, status) => {
        await using app = await httpApp((_, response) => {
          response.writeHead(status, { etag: '"1"' });
          response.end();
        });
        using client = rawClient(via(app).port);
        for (let i = 1; i <= 3; i++) {
          client.socket.write(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`);
          await until("one more answer", () => client.received.split("HTTP/1.1").length === i + 1);
        }
        expect(client.isClosed).toBe(false);
      });

      it("skip the upstream's interim ones", async () => {
        await using app = await rawApp((socket) =>
          socket.on("data", () =>
            socket.write(
              "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            ),
          ),
        );
        expect((await front.ask(via(app).port)).body).toBe("ok");
      });

      it("reach the client as they come: headers before any body, then each event", async () => {
        let send: (text: string) => void = () => {};
        await using app = await httpApp((_, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.flushHeaders();
          send = (text) => response.write(text);
        });
        using client = rawClient(via(app).port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.receives("text/event-stream");
        expect(client.received).toContain("\r\n\r\n");
        send("data: one\n\n");
        await client.receives("data: one");
        send("data: two\n\n");
        await client.receives("data: two");
      });

      it("that begin before the request's end reach the client, and the rest is dropped", async () => {
        await using app = await httpApp((_, response) => {
          response.writeHead(413).end("too large");
        });
        using client = rawClient(
          via(app).port,
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
        );
        client.socket.write(Buffer.alloc(500_000));
        await client.receives("too large");
        client.socket.write(Buffer.alloc(500_000));
        client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await until("the second answer", () => client.received.split("too large").length === 3);
        expect(await stage.outcome()).toEqual({ kind: "answered", status: 413 });
      });

      it("that begin before the end of a request without end leave no connection to the upstream", async () => {
        await using app = await httpApp((_, response) => {
          response.writeHead(413).end("too large");
        });
        using client = rawClient(
          via(app).port,
          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        );
        await client.receives("too large");
        await until("the app's connection is closed", () => app.sockets.size === 0);
        expect(stage.engine.connections()).toEqual({ active: 0, idle: 0 });
        await client.closes();
      });

      it("reach the client when the upstream closes without reading the rest of the request", async () => {
        await using app = await rawApp((socket) =>
          socket.once("data", () => {
            socket.pause();
            socket.write(
              "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\n",
            );
            socket.write("too large", () => socket.destroy());
          }),
        );
        via(app);
        for (let i = 0; i < 20; i++) {
          using client = rawClient(
            stage.port,
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n",
          );
          client.socket.write(Buffer.alloc(8_000_000));
          await client.receives("too large");
          expect(await stage.outcome(i)).toEqual({ kind: "answered", status: 413 });
        }
      });

      it("to a client of HTTP/1.0 are not chunked", async () => {
        await using app = await httpApp((_, response) => {
          response.write("a");
          response.end("b");
        });
        using client = rawClient(via(app).port, "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
        await client.closes();
        expect(client.received.toLowerCase()).not.toContain("chunked");
        expect(client.received.endsWith("\r\n\r\nab")).toBe(true);
      });
    });

    describe("failures", () => {
      it("to connect leave request and answer untouched: another upstream gets the whole body", async () => {
        await using app = await httpApp((request, response) => request.pipe(response));
        via(await deadPort(), app);
        const answer = await front.ask(stage.port, "/", { method: "POST", body: "whole" });
        expect(answer.body).toBe("whole");
        expect(stage.outcomes[0]).toEqual({ kind: "failed", reason: "unreachable", isSent: false });
        expect(stage.connected).toBe(1);
      });

      it.each([
        ["closed", "reset", (socket: Socket) => socket.end()],
        ["reset", "reset", (socket: Socket) => socket.resetAndDestroy()],
        ["speaking something else", "invalid", (socket: Socket) => socket.write("SSH-2.0-x\r\n")],
        [
          "half an answer's head",
          "reset",
          (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nX: "),
        ],
      ] as const)("before the answer, upstream %s: %s", async (_, reason, act) => {
        await using app = await rawApp((socket) => socket.on("data", () => act(socket)));
        const answer = await front.ask(via(app).port);
        expect(answer.status).toBe(502);
        expect(await stage.outcome()).toEqual({ kind: "failed", reason, isSent: true });
        await until("the app's connections are closed", () => app.sockets.size === 0);
      });

      it("to begin an answer in time end the upstream's request", async () => {
        await using app = await httpApp(() => {});
        await stage.stop();
        stage = new Stage(makeEngine({ ...TIMEOUTS, answerMs: 100 }), front);
        await stage.start();
        expect((await front.ask(via(app).port)).status).toBe(502);
        expect(await stage.outcome()).toEqual({ kind: "failed", reason: "timeout", isSent: true });
        await until("the app's connections are closed", () => app.sockets.size === 0);
      });

      it("of an upgrade that was not asked for count as a reset", async () => {
        await using app = await rawApp((socket) =>
          socket.on("data", () =>
            socket.write(
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            ),
          ),
        );
        expect((await front.ask(via(app).port)).status).toBe(502);
      });

      it("in the middle of an answer cut the client's connection, so that it can tell", async () => {
        await using app = await rawApp((socket) =>
          socket.on("data", () => {
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            setTimeout(() => socket.resetAndDestroy(), 20);
          }),
        );
        await expect(front.ask(via(app).port)).rejects.toThrow(/aborted|reset|hang up/i);
        expect(await stage.outcome()).toEqual({ kind: "cut", status: 200 });
        await noConnections();
      });

      it("in the middle of a chunked answer never end it as if it were whole", async () => {
        await using app = await rawApp((socket) =>
          socket.on("data", () =>
            socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
          ),
        );
        using client = rawClient(via(app).port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.closes();
        expect(client.received).not.toContain("\r\n0\r\n");
      });
    });

    describe("clients that go away", () => {
      it.each([
        ["before the answer", ""],
        ["in the middle of the answer", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhalf"],
        ["in the middle of an event stream", "HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n"],
      ])("%s, by the hundred, leave no connection on either side", async (_, begin) => {
        await using app = await rawApp((socket) =>
          socket.on("data", () => begin !== "" && socket.write(begin)),
        );
        via(app);
        const clients = Array.from({ length: 300 }, () => {
          const client = rawClient(stage.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
          if (begin !== "") void client.receives("HTTP/1.1 200").then(() => client.reset());
          return client;
        });
        await until("all reach the app", () => app.accepted >= 300, 10_000);
        for (const [i, client] of clients.entries()) if (begin === "") leave(client, i);
        await until("the app's connections are closed", () => app.sockets.size === 0, 10_000);
        await noConnections();
        await until("every attempt has ended", () => stage.outcomes.length === 300);
        expect(new Set(stage.outcomes.map(({ kind }) => kind))).toEqual(new Set(["client-gone"]));
        expect(stage.engine.connections()).toEqual({ active: 0, idle: 0 });
      });

      it("in the middle of their body end the upstream's request too", async () => {
        let aborted = 0;
        await using app = await httpApp((request) =>
          request.on("error", () => (aborted += 1)).resume(),
        );
        using client = rawClient(
          via(app).port,
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        );
        await until("the request arrives", () => app.sockets.size === 1);
        client.reset();
        await until("the app sees its end", () => aborted === 1);
        await noConnections();
        expect(await stage.outcome()).toEqual({ kind: "client-gone" });
      });
    });

    describe("bounds and changes that come with an attempt", () => {
      it("send no more of a body than is allowed, and say so", async () => {
        let seen = 0;
        await using app = await httpApp((request) => {
          request.on("data", (chunk: Buffer) => (seen += chunk.length));
          request.on("error", () => {});
        });
        via(app).more = { maxBodyBytes: 1_000 };
        using client = rawClient(
          stage.port,
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        for (let i = 0; i < 30; i++) client.socket.write(`64\r\n${"x".repeat(100)}\r\n`);
        expect(await stage.outcome()).toEqual({
          kind: "failed",
          reason: "too-large",
          isSent: true,
        });
        await until("the app's connection is closed", () => app.sockets.size === 0);
        expect(seen).toBeLessThanOrEqual(1_000);
      });

      it("send a body of exactly that size whole", async () => {
        await using app = await httpApp((request, response) => void request.pipe(response));
        via(app).more = { maxBodyBytes: 200_000 };
        const body = randomBytes(200_000);
        const answer = await front.ask(stage.port, "/", {
          method: "POST",
          headers: { "transfer-encoding": "chunked" },
          body,
        });
        expect(answer.status).toBe(200);
        expect(await stage.outcome()).toEqual({ kind: "answered", status: 200 });
      });

      it("have a time for the answer of their own", async () => {
        await using app = await httpApp(() => {});
        via(app).more = { answerMs: 50 };
        using client = rawClient(stage.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        expect(await stage.outcome()).toMatchObject({ kind: "failed", reason: "timeout" });
        await client.closes();
      });

      it("end at their deadline, before the answer as late and after its beginning as cut", async () => {
        const before = new AbortController();
        await using silent = await httpApp(() => {});
        via(silent).more = { deadline: before.signal };
        using first = rawClient(stage.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await until("the request is there", () => silent.accepted === 1);
        before.abort();
        expect(await stage.outcome()).toMatchObject({ kind: "failed", reason: "timeout" });
        first.socket.destroy();
        const after = new AbortController();
        await using slow = await httpApp((_, response) => void response.write("begun"));
        via(slow).more = { deadline: after.signal };
        using client = rawClient(stage.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.receives("begun");
        after.abort();
        expect(await stage.outcome(1)).toEqual({ kind: "cut", status: 200 });
        await client.closes();
        await noConnections();
      });

      it("change the answer's headers, and keep the order of the others", async () => {
        await using app = await rawApp((socket) =>
          socket.once("data", () =>
            socket.end(
              "HTTP/1.1 200 OK\r\nServer: x\r\nX-A: 1\r\nx-b: 2\r\nContent-Length: 0\r\n\r\n",
            ),
          ),
        );
        via(app).more = {
          answerHeaders: {
            remove: ["server"],
            set: { "x-b": "3" },
            suggest: { "x-a": "no", "x-c": "4" },
            append: [["Set-Cookie", "a=1"]],
          },
        };
        const { rawHeaders } = await front.ask(stage.port);
        const named = rawHeaders
          .filter((_, i) => i % 2 === 0)
          .filter((field) => /^x-|^se/i.test(field));
        expect(named).toEqual(["X-A", "x-b", "x-c", "Set-Cookie"]);
      });
    });

    describe("upgrades", () => {
      const HANDSHAKE =
        "GET /chat?x=//1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
      const SWITCH =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Kept: 1\r\n\r\n";

      const ENDED = { kind: "answered", status: 101 };

      /** Upgrades, then sends back what comes. */
      const echo = (seen: string[] = []) =>
        rawApp((socket) =>
          socket.once("data", (request) => {
            seen.push(String(request));
            const rest = request.subarray(request.indexOf("\r\n\r\n") + 4);
            socket.write(SWITCH);
            socket.write(rest);
            socket.pipe(socket);
          }),
        );

      it("carry bytes both ways, those sent early too", async () => {
        const seen: string[] = [];
        await using app = await echo(seen);
        using client = rawClient(via(app).port, `${HANDSHAKE}early`);
        await client.receives("early");
        client.socket.write("late");
        await client.receives("late");
        expect(client.received).toContain("HTTP/1.1 101 Switching Protocols\r\n");
        expect(client.received).toContain("X-Kept: 1\r\n");
        expect(seen[0]).toMatch(/^GET \/chat\?x=\/\/1 HTTP\/1.1\r\n/);
        expect(seen[0]).toMatch(/upgrade: websocket/i);
        expect(stage.engine.connections().active).toBe(1);
      });

      it("end on both sides when the client leaves, politely or not", async () => {
        await using app = await echo();
        via(app);
        for (const go of [
          (client: RawClient) => client.socket.end(),
          (client: RawClient) => client.reset(),
        ]) {
          using client = rawClient(stage.port, HANDSHAKE);
          await client.receives("101");
          go(client);
          await until("the app's side is closed", () => app.sockets.size === 0);
          await noConnections();
        }
        expect(stage.outcomes).toEqual([ENDED, ENDED]);
      });

      it("end on both sides when the upstream dies, after its last words", async () => {
        await using app = await rawApp((socket) =>
          socket.once("data", () => socket.end(`${SWITCH}last words`)),
        );
        using client = rawClient(via(app).port, HANDSHAKE);
        await client.receives("last words");
        client.socket.end();
        await client.closes();
        await noConnections();
        expect(await stage.outcome()).toEqual(ENDED);
      });

      it("may be declined with an ordinary answer, however large", async () => {
        const body = "n".repeat(3_000_000);
        await using app = await httpApp((_, response) => {
          response.writeHead(403, { "x-why": "because" });
          response.write(body);
          response.end("end");
        });
        using client = rawClient(via(app).port, HANDSHAKE);
        await client.closes();
        expect(client.received).toMatch(/^HTTP\/1.1 403 Forbidden\r\nx-why: because\r\n/);
        expect(client.received).toContain("\r\nConnection: close\r\n");
        expect(client.received.length).toBeGreaterThan(body.length);
        expect(client.received.endsWith("0\r\n\r\n")).toBe(true);
        expect(await stage.outcome()).toEqual({ kind: "answered", status: 403 });
      });

      it("try another upstream when one cannot be reached or breaks off", async () => {
        await using broken = await rawApp((socket) => socket.once("data", () => socket.end()));
        await using app = await echo();
        via(await deadPort(), broken, app);
        using client = rawClient(stage.port, `${HANDSHAKE}early`);
        await client.receives("early");
        expect(stage.outcomes).toMatchObject([
          { reason: "unreachable", isSent: false },
          { reason: "reset", isSent: true },
        ]);
      });

      it("that the client gives up leave nothing behind", async () => {
        await using app = await rawApp((socket) => socket.resume());
        via(app);
        const clients = Array.from({ length: 100 }, () => rawClient(stage.port, HANDSHAKE));
        await until("all reach the app", () => app.accepted === 100);
        for (const [i, client] of clients.entries()) leave(client, i);
        await until("the app's side is closed", () => app.sockets.size === 0);
        await noConnections();
        expect(await stage.outcome(99)).toEqual({ kind: "client-gone" });
      });

      it("are cut when the engine closes", async () => {
        await using app = await echo();
        using client = rawClient(via(app).port, HANDSHAKE);
        await client.receives("101");
        stage.engine.close();
        await client.closes();
        expect(await stage.outcome()).toEqual(ENDED);
      });
    });
  });
}
