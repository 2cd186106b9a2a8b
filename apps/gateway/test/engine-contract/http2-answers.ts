import { constants } from "node:http2";
import { expect, it } from "vitest";
import { httpApp, rawApp, until } from "../harness/sockets.ts";
import type { StageOfTest } from "./http2-stage.ts";

/** How answers reach a client of HTTP/2. */
export function http2Answers(stage: StageOfTest): void {
  it("answers come back with status and every header but those of the connection", async () => {
    await using app = await rawApp((socket) =>
      socket.on("data", () =>
        socket.write(
          "HTTP/1.1 299 Fine Indeed\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n" +
            "Connection: X-Hop\r\nX-Hop: no\r\nKeep-Alive: timeout=9\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok",
        ),
      ),
    );
    using client = await stage().via(app);
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
      using client = await stage().via(app);
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
    using client = await stage().via(app);
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
    using client = await stage().via(app);
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
    await stage().noneActive();
    expect(await stage().outcome()).toEqual({ kind: "client-gone" });
  });

  it("interim answers of the upstream are skipped", async () => {
    await using app = await rawApp((socket) =>
      socket.on("data", () =>
        socket.write(
          "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
      ),
    );
    using client = await stage().via(app);
    expect(String((await client.ask()).body)).toBe("ok");
  });

  it("100 (Continue) is answered to a client that waits for it", async () => {
    await using app = await httpApp((request, response) => request.pipe(response));
    using client = await stage().via(app);
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
    using client = await stage().via(app);
    const stream = client.open({ ":method": "POST" });
    stream.write(Buffer.alloc(1000));
    let received = "";
    stream.on("data", (chunk) => (received += chunk));
    await until("the stream is closed", () => stream.closed);
    expect([received, stream.rstCode]).toEqual(["too large", constants.NGHTTP2_NO_ERROR]);
    expect((await client.ask()).status).toBe(413);
    await stage().noneActive();
  });
}
