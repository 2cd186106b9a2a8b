import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { httpApp, rawApp, until } from "../harness/sockets.ts";
import { type Setting } from "./stage.ts";

/** How requests reach an upstream. */
export function requests({ front, stage }: Setting): void {
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
      stage().via(app);
      const target = "/a//b/../%2e/http://x/?q=//1?2&u=http://y";
      const answer = await front.ask(stage().port, target, {
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
      expect(await stage().outcome()).toEqual({ kind: "answered", status: 200 });
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
        stage().via(app);
        const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
        const answer = await front.ask(stage().port, "/", {
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
        await front.ask(stage().via(app).port, "/", { method });
        expect(raw.toLowerCase()).not.toContain("transfer-encoding");
        expect(raw.endsWith("\r\n\r\n")).toBe(true);
      },
    );

    it("reuse connections, until the upstream is released", async () => {
      await using app = await httpApp((_, response) => response.end("ok"));
      stage().via(app);
      for (let i = 0; i < 10; i++) await front.ask(stage().port);
      expect(app.accepted).toBe(1);
      await until("the connection is idle", () => stage().engine.connections().idle === 1);
      stage().engine.release({ host: "127.0.0.1", port: app.port });
      await until("the app sees it closed", () => app.sockets.size === 0);
      expect(stage().engine.connections()).toEqual({ active: 0, idle: 0 });
      await front.ask(stage().port);
      expect(app.accepted).toBe(2);
      expect(stage().connected).toBe(11);
    });

    it("carry large bodies whole, both ways", async () => {
      const bytes = randomBytes(8 * 1024 * 1024);
      await using app = await httpApp((request, response) => request.pipe(response));
      const back = await front.bytes(stage().via(app).port, bytes);
      const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex");
      expect(digest(back)).toBe(digest(bytes));
    });
  });
}
