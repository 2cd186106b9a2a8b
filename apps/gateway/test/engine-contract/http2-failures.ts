import { constants } from "node:http2";
import { expect, it } from "vitest";
import type { Http2Client } from "../harness/http2-client.ts";
import { deadPort, httpApp, rawApp, until } from "../harness/sockets.ts";
import type { StageOfTest } from "./http2-stage.ts";

/** What is made of upstreams and clients of HTTP/2 that fail. */
export function http2Failures(stage: StageOfTest): void {
  it("a failure to connect leaves the body for another upstream", async () => {
    await using app = await httpApp((request, response) => request.pipe(response));
    using client = await stage().via(await deadPort(), app);
    const reply = await client.ask({ ":method": "POST" }, "whole");
    expect(String(reply.body)).toBe("whole");
    expect(stage().outcomes[0]).toEqual({ kind: "failed", reason: "unreachable", isSent: false });
  });

  it("an answer that cannot be sent over HTTP/2 is a failure, and nothing reaches the client", async () => {
    await using app = await rawApp((socket) =>
      socket.on("data", () => socket.write("SSH-2.0-x\r\n")),
    );
    using client = await stage().via(app);
    expect((await client.ask()).status).toBe(502);
    expect(await stage().outcome()).toEqual({ kind: "failed", reason: "invalid", isSent: true });
  });

  it("an upstream that breaks off in mid-answer resets the stream, and not the session", async () => {
    await using app = await rawApp((socket) =>
      socket.on("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        setTimeout(() => socket.resetAndDestroy(), 20);
      }),
    );
    using client = await stage().via(app);
    const [one, two] = await Promise.all([client.ask(), client.ask()]);
    for (const reply of [one, two]) expect(reply.code).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(await stage().outcome(1)).toEqual({ kind: "cut", status: 200 });
    expect(client.session.destroyed).toBe(false);
  });

  it.each([
    ["streams", (client: Http2Client) => client.session.destroy()],
    ["connections", (client: Http2Client) => client.socket.destroy()],
  ])("%s that clients give up leave no request to an upstream", async (_, leave) => {
    await using app = await rawApp((socket) => socket.resume());
    const first = await stage().via(app);
    for (let i = 0; i < 50; i++) first.open({}, true);
    await until("all reach the app", () => app.accepted >= 50);
    leave(first);
    await until("the app's connections are closed", () => app.sockets.size === 0);
    await until("every attempt has ended", () => stage().outcomes.length === 50);
    expect(new Set(stage().outcomes.map(({ kind }) => kind))).toEqual(new Set(["client-gone"]));
    await until("the client's connection is closed", () => stage().sockets.size === 0);
  });

  it("a client that stops in the middle of its body ends the upstream's request", async () => {
    let aborted = 0;
    await using app = await httpApp((request) =>
      request.on("error", () => (aborted += 1)).resume(),
    );
    using client = await stage().via(app);
    const stream = client.open({ ":method": "POST", "content-length": 100 });
    stream.write("half");
    await until("the request arrives", () => app.sockets.size === 1);
    client.reset(stream);
    await until("the app sees its end", () => aborted === 1);
    await stage().noneActive();
    expect(await stage().outcome()).toEqual({ kind: "client-gone" });
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
    using client = await stage().via(app);
    const slow = client.open({}, true);
    slow.pause();
    await until("the app writes", () => written > 0);
    expect(String((await client.ask({ ":path": "/small" })).body)).toBe("ok");
    // 25 MB were there to be written: what is not read stays with the app, but for what sockets hold.
    expect(written).toBeLessThan(16_000_000);
    client.reset(slow);
    await stage().noneActive();
  });
}
