import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readClientHello } from "./client-hello.ts";

/** What Node's own client sends first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: "127.0.0.1", port, ...options }).on("error", () => {});
  const [socket] = await once(server, "connection");
  const [bytes] = await once(socket, "data");
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same handshake in records of `size` bytes (RFC 8446 §5.1 lets it be cut anywhere). */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

describe("readClientHello", () => {
  it("reads the name and the protocols that clients of TLS 1.2 and 1.3 ask for", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const hello = await helloOf({
        servername: "Shop.Example.org",
        ALPNProtocols: ["h2", "http/1.1"],
        minVersion: version,
        maxVersion: version,
      });
      expect(readClientHello(hello)).toEqual({
        kind: "hello",
        hello: { serverName: "shop.example.org", protocols: ["h2", "http/1.1"] },
      });
    }
  });

  it("knows a client that names no host and no protocol", async () => {
    expect(readClientHello(await helloOf({ servername: "" }))).toEqual({
      kind: "hello",
      hello: { serverName: undefined, protocols: [] },
    });
  });

  it("waits for the rest, wherever a hello is cut, and however many records it comes in", async () => {
    const hello = await helloOf({ servername: "shop.test", ALPNProtocols: ["h2"] });
    const whole = { kind: "hello", hello: { serverName: "shop.test", protocols: ["h2"] } };
    for (let length = 0; length < hello.length; length++)
      expect(readClientHello(hello.subarray(0, length)).kind).toBe("incomplete");
    for (const size of [1, 7, 100]) expect(readClientHello(inRecords(hello, size))).toEqual(whole);
    expect(readClientHello(Buffer.concat([hello, Buffer.from("more")]))).toEqual(whole);
  });

  it.each([
    ["plain HTTP", "GET / HTTP/1.1\r\n"],
    ["another protocol", "SSH-2.0-x\r\n"],
    ["an empty record", "\u0016\u0003\u0001\u0000\u0000"],
    ["another handshake message", "\u0016\u0003\u0001\u0000\u0004\u0002\u0000\u0000\u0000"],
    ["a record that is too long", "\u0016\u0003\u0001\u00ff\u00ff\u0001"],
    ["a hello that is too long", "\u0016\u0003\u0001\u0000\u0004\u0001\u00ff\u00ff\u00ff"],
    [
      "a hello whose parts end too early",
      "\u0016\u0003\u0001\u0000\u0006\u0001\u0000\u0000\u0002\u0003\u0003",
    ],
  ])("refuses %s", (_, bytes) => {
    expect(readClientHello(Buffer.from(bytes, "latin1")).kind).toBe("not-tls");
  });

  it("answers for any bytes, and for any damage to a hello", async () => {
    const hello = await helloOf({ servername: "shop.test", ALPNProtocols: ["h2"] });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["incomplete", "not-tls", "hello"]).toContain(
          readClientHello(Buffer.from(bytes)).kind,
        );
      }),
    );
    fc.assert(
      fc.property(fc.nat(hello.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const damaged = Buffer.from(hello);
        damaged[at] = value;
        expect(["incomplete", "not-tls", "hello"]).toContain(readClientHello(damaged).kind);
      }),
    );
  });
});
