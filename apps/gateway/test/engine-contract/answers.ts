import { describe, expect, it } from "vitest";
import { httpApp, rawApp, until } from "../harness/sockets.ts";
import { type Setting } from "./stage.ts";

/** How answers reach the client. */
export function answers({ front, stage }: Setting): void {
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
      using client = front.raw(stage().via(app).port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
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
      using client = front.raw(stage().via(app).port);
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
      expect((await front.ask(stage().via(app).port)).body).toBe("ok");
    });

    it("reach the client as they come: headers before any body, then each event", async () => {
      let send: (text: string) => void = () => {};
      await using app = await httpApp((_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        send = (text) => response.write(text);
      });
      using client = front.raw(stage().via(app).port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
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
      using client = front.raw(
        stage().via(app).port,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
      );
      client.socket.write(Buffer.alloc(500_000));
      await client.receives("too large");
      client.socket.write(Buffer.alloc(500_000));
      client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await until("the second answer", () => client.received.split("too large").length === 3);
      expect(await stage().outcome()).toEqual({ kind: "answered", status: 413 });
    });

    it("that begin before the end of a request without end leave no connection to the upstream", async () => {
      await using app = await httpApp((_, response) => {
        response.writeHead(413).end("too large");
      });
      using client = front.raw(
        stage().via(app).port,
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      );
      await client.receives("too large");
      await until("the app's connection is closed", () => app.sockets.size === 0);
      expect(stage().engine.connections()).toEqual({ active: 0, idle: 0 });
      await client.closes();
    });

    it("reach the client when the upstream closes without reading the rest of the request", async () => {
      await using app = await rawApp((socket) =>
        socket.once("data", () => {
          socket.pause();
          socket.write("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\n");
          socket.write("too large", () => socket.destroy());
        }),
      );
      stage().via(app);
      for (let i = 0; i < 20; i++) {
        using client = front.raw(
          stage().port,
          "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n",
        );
        client.socket.write(Buffer.alloc(8_000_000));
        await client.receives("too large");
        expect(await stage().outcome(i)).toEqual({ kind: "answered", status: 413 });
      }
    });

    it("to a client of HTTP/1.0 are not chunked", async () => {
      await using app = await httpApp((_, response) => {
        response.write("a");
        response.end("b");
      });
      using client = front.raw(stage().via(app).port, "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
      await client.closes();
      expect(client.received.toLowerCase()).not.toContain("chunked");
      expect(client.received.endsWith("\r\n\r\nab")).toBe(true);
    });
  });
}
