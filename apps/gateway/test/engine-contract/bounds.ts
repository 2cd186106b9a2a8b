import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { httpApp, rawApp, until } from "../harness/sockets.ts";
import { type Setting } from "./stage.ts";

/** What an attempt may ask besides. */
export function bounds({ front, stage }: Setting): void {
  describe("bounds and changes that come with an attempt", () => {
    it("send no more of a body than is allowed, and say so", async () => {
      let seen = 0;
      await using app = await httpApp((request) => {
        request.on("data", (chunk: Buffer) => (seen += chunk.length));
        request.on("error", () => {});
      });
      stage().via(app).more = { maxBodyBytes: 1_000 };
      using client = front.raw(
        stage().port,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      for (let i = 0; i < 30; i++) client.socket.write(`64\r\n${"x".repeat(100)}\r\n`);
      expect(await stage().outcome()).toEqual({
        kind: "failed",
        reason: "too-large",
        isSent: true,
      });
      await until("the app's connection is closed", () => app.sockets.size === 0);
      expect(seen).toBeLessThanOrEqual(1_000);
    });

    it("send a body of exactly that size whole", async () => {
      await using app = await httpApp((request, response) => void request.pipe(response));
      stage().via(app).more = { maxBodyBytes: 200_000 };
      const body = randomBytes(200_000);
      const answer = await front.ask(stage().port, "/", {
        method: "POST",
        headers: { "transfer-encoding": "chunked" },
        body,
      });
      expect(answer.status).toBe(200);
      expect(await stage().outcome()).toEqual({ kind: "answered", status: 200 });
    });

    it("have a time for the answer of their own", async () => {
      await using app = await httpApp(() => {});
      stage().via(app).more = { answerMs: 50 };
      using client = front.raw(stage().port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(await stage().outcome()).toMatchObject({ kind: "failed", reason: "timeout" });
      await client.receives("502");
    });

    it("end at their deadline, before the answer as late and after its beginning as cut", async () => {
      const before = new AbortController();
      await using silent = await httpApp(() => {});
      stage().via(silent).more = { deadline: before.signal };
      using first = front.raw(stage().port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await until("the request is there", () => silent.accepted === 1);
      before.abort();
      expect(await stage().outcome()).toMatchObject({ kind: "failed", reason: "timeout" });
      first.socket.destroy();
      const after = new AbortController();
      await using slow = await httpApp((_, response) => void response.write("begun"));
      stage().via(slow).more = { deadline: after.signal };
      using client = front.raw(stage().port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.receives("begun");
      after.abort();
      expect(await stage().outcome(1)).toEqual({ kind: "cut", status: 200 });
      await client.closes();
      await stage().noConnections();
    });

    it("fail when they are abandoned before the answer, and go on when it has begun", async () => {
      const before = new AbortController();
      await using silent = await httpApp(() => {});
      stage().via(silent).more = { abandoned: before.signal };
      using first = front.raw(stage().port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await until("the request is there", () => silent.accepted === 1);
      before.abort();
      const failed = { kind: "failed", reason: "reset", isSent: true };
      expect(await stage().outcome()).toEqual(failed);
      first.socket.destroy();
      const after = new AbortController();
      let finish = (): unknown => undefined;
      await using slow = await httpApp((_, response) => {
        response.write("begun");
        finish = () => response.end(" and ended");
      });
      stage().via(slow).more = { abandoned: after.signal };
      using client = front.raw(stage().port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await client.receives("begun");
      after.abort();
      finish();
      expect(await stage().outcome(1)).toEqual({ kind: "answered", status: 200 });
    });

    it("change the answer's headers, and keep the order of the others", async () => {
      await using app = await rawApp((socket) =>
        socket.once("data", () =>
          socket.end(
            "HTTP/1.1 200 OK\r\nServer: x\r\nX-A: 1\r\nx-b: 2\r\nContent-Length: 0\r\n\r\n",
          ),
        ),
      );
      stage().via(app).more = {
        answerHeaders: {
          remove: ["server"],
          set: { "x-b": "3" },
          suggest: { "x-a": "no", "x-c": "4" },
          append: [["Set-Cookie", "a=1"]],
        },
      };
      const { rawHeaders } = await front.ask(stage().port);
      const named = rawHeaders
        .filter((_, i) => i % 2 === 0)
        .filter((field) => /^x-|^se/i.test(field));
      expect(named).toEqual(["X-A", "x-b", "x-c", "Set-Cookie"]);
    });
  });
}
