import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { deadPort, httpApp, rawApp, until } from "../harness/sockets.ts";
import { type Setting, Stage, TIMEOUTS } from "./stage.ts";

/** What is made of upstreams that fail. */
export function failures({ front, stage, makeEngine }: Setting): void {
  describe("failures", () => {
    it("to connect leave request and answer untouched: another upstream gets the whole body", async () => {
      await using app = await httpApp((request, response) => request.pipe(response));
      stage().via(await deadPort(), app);
      const answer = await front.ask(stage().port, "/", { method: "POST", body: "whole" });
      expect(answer.body).toBe("whole");
      expect(stage().outcomes[0]).toEqual({ kind: "failed", reason: "unreachable", isSent: false });
      expect(stage().connected).toBe(1);
    });

    it.each([
      ["closed", "reset", (socket: Socket) => socket.end()],
      ["reset", "reset", (socket: Socket) => socket.resetAndDestroy()],
      ["speaking something else", "invalid", (socket: Socket) => socket.write("SSH-2.0-x\r\n")],
      ["half an answer's head", "reset", (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nX: ")],
    ] as const)("before the answer, upstream %s: %s", async (_, reason, act) => {
      await using app = await rawApp((socket) => socket.on("data", () => act(socket)));
      const answer = await front.ask(stage().via(app).port);
      expect(answer.status).toBe(502);
      expect(await stage().outcome()).toEqual({ kind: "failed", reason, isSent: true });
      await until("the app's connections are closed", () => app.sockets.size === 0);
    });

    it("to begin an answer in time end the upstream's request", async () => {
      await using app = await httpApp(() => {});
      await using late = new Stage(makeEngine({ ...TIMEOUTS, answerMs: 100 }), front);
      await late.start();
      expect((await front.ask(late.via(app).port)).status).toBe(502);
      expect(await late.outcome()).toEqual({ kind: "failed", reason: "timeout", isSent: true });
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
      expect((await front.ask(stage().via(app).port)).status).toBe(502);
    });

    it("in the middle of an answer cut the client's connection, so that it can tell", async () => {
      await using app = await rawApp((socket) =>
        socket.on("data", () => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          setTimeout(() => socket.resetAndDestroy(), 20);
        }),
      );
      await expect(front.ask(stage().via(app).port)).rejects.toThrow(/aborted|reset|hang up/i);
      expect(await stage().outcome()).toEqual({ kind: "cut", status: 200 });
      await stage().noConnections();
    });

    it("in the middle of a chunked answer never end it as if it were whole", async () => {
      await using app = await rawApp((socket) =>
        socket.on("data", () =>
          socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
        ),
      );
      using client = front.raw(stage().via(app).port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await client.closes();
      expect(client.received).not.toContain("\r\n0\r\n");
    });
  });
}
