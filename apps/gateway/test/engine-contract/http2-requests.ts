import { createHash, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { SECURE_NAME } from "../harness/http-client.ts";
import { httpApp, rawApp } from "../harness/sockets.ts";
import type { StageOfTest } from "./http2-stage.ts";

/** How requests that came over HTTP/2 reach an upstream. */
export function http2Requests(stage: StageOfTest): void {
  it("requests arrive over HTTP/1.1 with their target byte for byte, their authority as Host", async () => {
    await using app = await httpApp((request, response) =>
      response.end(JSON.stringify([request.method, request.url, request.headers])),
    );
    using client = await stage().via(app);
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
    expect(await stage().outcome()).toEqual({ kind: "answered", status: 200 });
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
      using client = await stage().via(app);
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
    using client = await stage().via(app);
    const reply = await client.ask({ ":method": "POST", "content-length": 5 }, "hello");
    expect(reply.headers["x-length"]).toBe("5");
    expect(String(reply.body)).toBe("hello");
  });

  it("large bodies are carried whole, both ways and several at once", async () => {
    await using app = await httpApp((request, response) => request.pipe(response));
    using client = await stage().via(app);
    const digest = (data: Buffer) => createHash("sha256").update(data).digest("hex");
    const bodies = Array.from({ length: 4 }, () => randomBytes(4 * 1024 * 1024));
    const replies = await Promise.all(bodies.map((body) => client.ask({ ":method": "PUT" }, body)));
    expect(replies.map(({ body }) => digest(body))).toEqual(bodies.map(digest));
  });
}
