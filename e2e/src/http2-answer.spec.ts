import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type ServerHttp2Stream,
} from "node:http2";
import { connect as connectPlain } from "node:net";
import { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { http2Answer } from "./http2-answer.ts";

type Serve = (stream: ServerHttp2Stream) => void;

async function listening(serve: Serve) {
  const server = createServer().on("stream", (stream) => {
    stream.on("error", () => {});
    serve(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { port, [Symbol.dispose]: () => void server.close() };
}

/** A connection that holds back what the server says until the server has said all of it. */
function holding(port: number): Duplex {
  const upstream = connectPlain(port, "127.0.0.1").on("error", () => {});
  const held = new Duplex({
    read: () => {},
    write: (chunk, _encoding, done) => void upstream.write(chunk, () => done()),
  });
  void buffer(upstream).then((all) => held.push(all));
  return held;
}

async function answerOn(session: ClientHttp2Session) {
  session.on("error", () => {});
  try {
    return await http2Answer(session.request({ ":path": "/" }));
  } finally {
    session.destroy();
  }
}

async function answerOf(serve: Serve) {
  using server = await listening(serve);
  return await answerOn(connect(`http://127.0.0.1:${server.port}`));
}

it("takes an answer that comes whole in one read", async () => {
  using server = await listening((stream) => {
    const { session } = stream;
    stream.respond({ ":status": 200 });
    stream.end("whole");
    stream.once("close", () => session?.close());
  });
  const session = connect("http://localhost", { createConnection: () => holding(server.port) });
  expect(await answerOn(session)).toEqual({ status: 200, body: "whole" });
});

it("takes an answer without a body", async () => {
  const empty = answerOf((stream) => stream.respond({ ":status": 204 }, { endStream: true }));
  expect(await empty).toEqual({ status: 204, body: "" });
});

it("rejects an answer that is reset in its middle, by whichever code", async () => {
  for (const code of [constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_CANCEL]) {
    const broken = answerOf((stream) => {
      // Else Node ends the answer in good order before it resets it.
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.write("half");
      setImmediate(() => stream.close(code));
    });
    await expect(broken).rejects.toThrow(/reset with|Stream closed with error code/);
  }
});

it("rejects where the stream, or its session, ends without an answer", async () => {
  const ends: Serve[] = [
    (stream) => stream.close(constants.NGHTTP2_NO_ERROR),
    (stream) => stream.session?.destroy(),
  ];
  for (const end of ends) await expect(answerOf(end)).rejects.toThrow(/closed without|reset with/);
});
