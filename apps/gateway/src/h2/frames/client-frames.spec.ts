import { constants } from "node:http2";
import { expect, it } from "vitest";
import { ClientFrames, type Verdict } from "./client-frames.ts";
import { FLAG, FRAME } from "./frame-head.ts";

const NOTHING = Buffer.alloc(0);
const word = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer).swap32();

function client(sentBytes = 0) {
  const frames = new ClientFrames(() => sentBytes);
  const say = (type: number, stream: number, flags = 0, payload: Buffer = NOTHING): Verdict =>
    frames.judge({ length: payload.length, type, flags, stream }, payload);
  return {
    say,
    headers: (stream: number, flags = 0) => say(FRAME.headers, stream, flags).kind,
    data: (stream: number, flags = 0) => say(FRAME.data, stream, flags).kind,
    window: (stream: number, added: number) => say(FRAME.windowUpdate, stream, 0, word(added)),
  };
}

it("takes requests, bodies and trailers on streams that grow", () => {
  const { headers, data } = client();
  expect([
    headers(1),
    data(1),
    headers(5, FLAG.endStream),
    data(1),
    headers(1, FLAG.endStream),
    headers(7),
  ]).toEqual(Array(6).fill("pass"));
});

it("leaves to nghttp2 what it refuses itself: streams that are even, idle or the connection's", () => {
  const { headers, data, say } = client();
  headers(3);
  expect([headers(2), headers(0), data(9), data(0), data(1), say(FRAME.ping, 1, FLAG.ack).kind]).toEqual(
    Array(6).fill("pass"),
  );
}); // prettier-ignore

it("takes trailers on a stream that the server has ended: they may have crossed its end", () => {
  const { headers } = client();
  headers(1);
  // Nothing of the server's is known here.
  expect(headers(1, FLAG.endStream)).toBe("pass");
});

it("lets nothing follow what the client has ended or reset", () => {
  const { headers, data, say } = client();
  headers(1, FLAG.endStream);
  headers(3);
  say(FRAME.resetStream, 3);
  expect([data(1), headers(1), data(3), headers(3)]).toEqual(Array(4).fill("end"));
  expect(say(FRAME.headers, 3)).toEqual({ kind: "end", error: constants.NGHTTP2_STREAM_CLOSED });
});

it("tells a stream that was passed by from one that is over", () => {
  const { headers, say } = client();
  headers(1, FLAG.endStream);
  headers(9);
  expect(say(FRAME.headers, 5)).toEqual({ kind: "end", error: constants.NGHTTP2_PROTOCOL_ERROR });
});

it("counts a window from what the client's settings say, and never more than could be right", () => {
  const greatest = 2 ** 31 - 1;
  expect(client().window(1, greatest).kind).toBe("reset");
  const small = client();
  small.say(FRAME.settings, 0, 0, Buffer.concat([Buffer.of(0, 4), word(0)]));
  expect(small.window(1, greatest)).toEqual({ kind: "pass" });
  expect(small.window(1, 1).kind).toBe("reset");
  expect(small.window(0, greatest).kind).toBe("pass");
  const busy = client(70_000);
  expect(busy.window(1, greatest).kind).toBe("pass");
});

it("remembers a bounded number of streams, and holds nobody to those that it forgot", () => {
  const { headers, data } = client();
  for (let stream = 1; stream < 4_001; stream += 2) headers(stream);
  expect(data(3_999)).toBe("pass");
  // Its beginning is long ago: that it was open is not known any more, and its client never ended it.
  expect(data(2_999)).toBe("pass");
});

it("keeps answers to a PING from Node, and tells that to the shutdown notice from others", () => {
  const { say } = client();
  const ping = Buffer.from("goodbye!");
  expect([
    say(FRAME.ping, 0, 0, ping).kind,
    say(FRAME.ping, 0, FLAG.ack, ping).kind,
    say(FRAME.ping, 0, FLAG.ack, Buffer.alloc(8)).kind,
    say(FRAME.ping, 0, FLAG.ack, Buffer.alloc(7)).kind,
  ]).toEqual(["pass", "noticed", "drop", "pass"]);
});
