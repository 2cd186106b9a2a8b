import { constants } from "node:http2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { frame, RawHttp2 } from "./harness/raw-http2.ts";
import { httpApp, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.test";
const [DATA, HEADERS, PRIORITY, RST_STREAM, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 2, 3, 6, 7, 8];
const END = { stream: 1, headers: 4 };
const NOTHING = Buffer.alloc(0);

/** `GET https://shop.test/` (RFC 7541 §6.1, §6.2.2, appendix A). */
const REQUEST = Buffer.concat([Buffer.of(0x82, 0x87, 0x84, 0x01, HOST.length), Buffer.from(HOST)]);

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const get = (stream: number): Buffer => frame(HEADERS, END.stream | END.headers, stream, REQUEST);
const begin = (stream: number): Buffer => frame(HEADERS, END.headers, stream, REQUEST);

let authority: TestAuthority;
let app: TestServer;
let gateway: TestGateway;

beforeAll(async () => {
  authority = await TestAuthority.make("server authority");
  app = await httpApp((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.length));
    const answer = (): Buffer | string =>
      request.url === "/much" ? Buffer.alloc(4_000_000) : `read ${bytes}`;
    request.once("end", () => response.end(answer()));
  });
  const certificates = [await authority.certificate([HOST])];
  gateway = await TestGateway.startSecure([route(HOST, [app.port])], { certificates });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

const connect = (bytes: Buffer, settings?: Buffer): Promise<RawHttp2> =>
  RawHttp2.connect(gateway.httpsPort, authority.pem, HOST, bytes, settings);

const codeOf = (client: RawHttp2): number | undefined =>
  client.frames.find(({ type }) => type === GOAWAY)?.payload.readUInt32BE(4);

const isAnswered = (client: RawHttp2, stream: number): boolean =>
  client.frames.some(
    (one) => one.stream === stream && one.type === DATA && one.flags === END.stream,
  );

describe("a client that sends what it may not", () => {
  it.each([
    ["a request on a stream that it has ended", [get(1), get(1)], constants.NGHTTP2_STREAM_CLOSED],
    ["a request on a stream that it has reset", [begin(1), frame(RST_STREAM, 0, 1, word(8)), get(1)], constants.NGHTTP2_STREAM_CLOSED],
    ["data on a stream that it has ended", [get(1), frame(DATA, 0, 1, Buffer.from("more"))], constants.NGHTTP2_STREAM_CLOSED],
    ["a stream below one that it has opened", [get(5), get(3)], constants.NGHTTP2_PROTOCOL_ERROR],
    ["a priority of the connection", [frame(PRIORITY, 0, 0, Buffer.alloc(5))], constants.NGHTTP2_PROTOCOL_ERROR],
    ["a stream that waits for itself", [begin(1), frame(PRIORITY, 0, 1, Buffer.concat([word(1), Buffer.of(7)]))], constants.NGHTTP2_PROTOCOL_ERROR],
  ])("%s is told so, and its connection ends", async (_, frames, code) => {
    using client = await connect(Buffer.concat(frames));
    await until("the connection ends", () => client.isClosed);
    expect(codeOf(client)).toBe(code);
  }); // prettier-ignore

  it("an answer to a PING that was never sent gets none, and the connection goes on", async () => {
    const ping = frame(PING, 0, 0, Buffer.from("question"));
    using client = await connect(Buffer.concat([frame(PING, 1, 0, Buffer.from("answer..")), ping]));
    await until("the ping is answered", () => client.frames.some(({ type }) => type === PING));
    client.send(get(1));
    await until("a request is answered", () => isAnswered(client, 1));
    const answers = client.frames.filter(({ type }) => type === PING);
    expect(answers.map(({ payload }) => String(payload))).toEqual(["question"]);
  });

  it("a window above the greatest ends its stream, and the connection goes on", async () => {
    // SETTINGS_INITIAL_WINDOW_SIZE of 0: the answer waits for windows.
    using client = await connect(get(1), Buffer.concat([Buffer.of(0, 4), word(0)]));
    const greatest = frame(WINDOW_UPDATE, 0, 1, word(0x7fff_ffff));
    client.send(greatest, greatest);
    await until("the stream is reset", () => client.frames.some(({ type }) => type === RST_STREAM));
    const reset = client.frames.find(({ type }) => type === RST_STREAM);
    expect(reset?.payload.readUInt32BE(0)).toBe(constants.NGHTTP2_FLOW_CONTROL_ERROR);
    client.send(get(3), frame(WINDOW_UPDATE, 0, 3, word(100)));
    await until("another stream is answered", () => isAnswered(client, 3));
  });
});

it("a request that its client breaks off in the same breath takes no connection to the app", async () => {
  const before = app.accepted;
  const reset = (stream: number): Buffer => frame(RST_STREAM, 0, stream, word(8));
  const broken = Array.from({ length: 15 }, (_, i) => [get(2 * i + 1), reset(2 * i + 1)]).flat();
  using client = await connect(Buffer.concat([...broken, get(31)]));
  await until("the last is answered", () => isAnswered(client, 31));
  expect(app.accepted - before).toBeLessThanOrEqual(1);
});

it("trailers, priorities and frames in pieces reach the app as before", async () => {
  const upload = [
    begin(1),
    frame(PRIORITY, 0, 3, Buffer.concat([word(1), Buffer.of(7)])),
    frame(DATA, 0, 1, Buffer.from("body")),
    frame(HEADERS, END.stream | END.headers, 1, Buffer.concat([Buffer.of(0, 1), Buffer.from("t"), Buffer.of(1), Buffer.from("v")])),
  ]; // prettier-ignore
  using client = await connect(NOTHING);
  for (const byte of Buffer.concat(upload)) client.send(Buffer.of(byte));
  await until("the upload is answered", () => isAnswered(client, 1));
  const said = client.frames.filter(({ type }) => type === DATA).map(({ payload }) => payload);
  expect(String(Buffer.concat(said))).toBe("read 4");
});

it("clients that break off in the middle of what is written to them harm nobody", async () => {
  const much = Buffer.from("/much");
  const ask = Buffer.concat([
    Buffer.of(0x82, 0x87, 0x04, much.length),
    much,
    Buffer.of(0x01, HOST.length),
    Buffer.from(HOST),
  ]);
  for (let i = 0; i < 20; i++) {
    const settings = Buffer.concat([Buffer.of(0, 4), word(0x7fff_ffff)]);
    const windows = frame(WINDOW_UPDATE, 0, 0, word(0x7fff_0000));
    using client = await connect(
      Buffer.concat([windows, frame(HEADERS, END.stream | END.headers, 1, ask)]),
      settings,
    );
    await until("it is being written to", () => client.received.length > 100_000);
    client.socket.pause();
  }
  await until("nothing is left of them", () => gateway.secure.connections === 0);
  using other = await connect(get(1));
  await until("another one is answered", () => isAnswered(other, 1));
  expect(other.isClosed).toBe(false);
});

describe("a client that is told to leave", () => {
  const goaways = (client: RawHttp2): number[] =>
    client.frames.flatMap(({ type, payload }) =>
      type === GOAWAY ? [payload.readUInt32BE(0)] : [],
    );
  const pings = (client: RawHttp2): Buffer[] =>
    client.frames.flatMap(({ type, payload }) => (type === PING ? [payload] : []));

  async function leaving(bytes: Buffer): Promise<{ client: RawHttp2; leave: () => void }> {
    const client = await connect(bytes);
    return { client, leave: () => gateway.secure.drain(true) };
  }
  afterEach(() => gateway.secure.drain(false));

  it("has what it sent before it knew, however late that is read", async () => {
    const { client, leave } = await leaving(get(1));
    using _ = client;
    await until("the first is answered", () => isAnswered(client, 1));
    leave();
    await until("it is told and asked", () => pings(client).length === 1);
    expect(goaways(client)).toEqual([2 ** 31 - 1]);
    client.send(get(3));
    await until("the second is answered", () => isAnswered(client, 3));
    expect(goaways(client)).toEqual([2 ** 31 - 1]);
    client.send(frame(PING, 1, 0, pings(client)[0] ?? NOTHING));
    await until("the session has ended", () => client.isClosed);
    expect(goaways(client).at(-1)).toBe(3);
  });

  it("is not told before its first request is there", async () => {
    const { client, leave } = await leaving(frame(PING, 0, 0, Buffer.alloc(8)));
    using _ = client;
    await until("the session is there", () => pings(client).length === 1);
    leave();
    client.send(frame(PING, 0, 0, Buffer.alloc(8, 1)));
    await until("all is read that was sent meanwhile", () => pings(client).length === 2);
    expect(goaways(client)).toEqual([]);
    client.send(get(1));
    await until("it is answered", () => isAnswered(client, 1));
    expect(goaways(client)).toEqual([2 ** 31 - 1]);
  });
});
