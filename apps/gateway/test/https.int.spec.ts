import { once } from "node:events";
import { connect as connectNet, createServer } from "node:net";
import type { Certificate } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { httpApp, RawClient, type TestServer, until } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const UNRECOGNIZED_NAME = "ERR_SSL_TLSV1_UNRECOGNIZED_NAME";
const DAY_MS = 86_400_000;

let authority: TestAuthority;
let app: TestServer;

beforeAll(async () => {
  authority = await TestAuthority.make("test authority");
  app = await httpApp((incoming, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
  });
});
afterAll(() => app[Symbol.asyncDispose]());

const clientOf = (gateway: TestGateway) => new HttpsClient(gateway.httpsPort, authority.pem);

/** A gateway with a certificate and a route for each of some hosts. */
async function gatewayFor(
  hosts: readonly string[],
  more: readonly Certificate[] = [],
): Promise<TestGateway> {
  const own = await Promise.all(hosts.map((host) => authority.certificate([host])));
  const routes = hosts.map((host) => route(host.replace("*", "any"), [app.port]));
  return TestGateway.startSecure(routes, { certificates: [...own, ...more] });
}

describe("HTTPS", () => {
  it("is answered beside HTTP, and the app is told so", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    const answer = await clientOf(gateway).fetch("shop.test", { path: "/a?b" });
    expect(answer.status).toBe(200);
    const seen = JSON.parse(answer.body);
    expect(seen.url).toBe("/a?b");
    expect(seen.headers).toMatchObject({
      host: `shop.test:${gateway.httpsPort}`,
      "x-forwarded-proto": "https",
      "x-forwarded-port": String(gateway.httpsPort),
    });
    const plain = await ask(gateway.port, "/", {
      headers: { host: "shop.test", "x-forwarded-proto": "https" },
    });
    expect(JSON.parse(plain.body).headers["x-forwarded-proto"]).toBe("http");
    expect(gateway.errors).toEqual([]);
  });

  it("carries WebSockets", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    app.server.once("upgrade", (request, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Proto: ${request.headers["x-forwarded-proto"]}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    const socket = await clientOf(gateway).handshake("shop.test");
    let received = "";
    socket.on("data", (chunk) => (received += chunk));
    socket.write(
      "GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await until("the upgrade", () => received.includes("X-Proto: https"));
    socket.write("echoed");
    await until("the echo", () => received.endsWith("echoed"));
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });
});

describe("the certificate that is shown", () => {
  it("is the one of the very name, then a wildcard's of one label", async () => {
    await using gateway = await gatewayFor(["*.apps.test", "own.apps.test", "shop.test"]);
    const client = clientOf(gateway);
    expect(await client.shown("shop.test")).toBe("shop.test");
    expect(await client.shown("SHOP.test")).toBe("shop.test");
    expect(await client.shown("own.apps.test")).toBe("own.apps.test");
    expect(await client.shown("any.apps.test")).toBe("*.apps.test");
  });

  it("is none for a name that has none: the handshake ends by the alert for it", async () => {
    await using gateway = await gatewayFor(["*.apps.test"]);
    const client = clientOf(gateway);
    for (const name of ["other.test", "a.b.apps.test", "apps.test"])
      expect(await client.shown(name)).toBe(UNRECOGNIZED_NAME);
    expect(await client.shown(undefined)).toBe(UNRECOGNIZED_NAME);
  });

  it("is the default one for a client that names no host", async () => {
    const byDefault = await authority.certificate(["bastide.test"], { isDefault: true });
    await using gateway = await gatewayFor(["shop.test"], [byDefault]);
    const client = clientOf(gateway);
    const unchecked = { checkServerIdentity: () => undefined };
    expect(await client.shown(undefined, unchecked)).toBe("bastide.test");
    expect(await client.shown("other.test")).toBe(UNRECOGNIZED_NAME);
  });

  it("is a public one before a private one, and a valid one before one that has ended", async () => {
    const life = { notBefore: new Date(Date.now() - 9 * DAY_MS) };
    const ended = { ...life, notAfter: new Date(Date.now() - DAY_MS) };
    const make = async (name: string, source: Certificate["source"], own: typeof life) => ({
      ...(await authority.certificate(["shop.test"], { name, source, life: own })),
      ...(await authority.pair(`CN=${name}`, ["shop.test"], own)),
    });
    const lasting = await make("private", "private-ca", life);
    const bought = await make("bought", "uploaded", life);
    const expired = await make("expired", "acme", ended);
    const routes = [route("shop.test", [app.port])];
    await using gateway = await TestGateway.startSecure(routes, {
      certificates: [lasting, bought, expired],
    });
    const client = clientOf(gateway);
    expect(await client.shown("shop.test")).toBe("bought");
    gateway.applyAll(routes, { certificates: [expired, lasting] });
    expect(await client.shown("shop.test")).toBe("private");
    gateway.applyAll(routes, { certificates: [expired] });
    expect(await client.shown("shop.test")).toBe("CERT_HAS_EXPIRED");
    const late = await client.fetch("shop.test", { rejectUnauthorized: false });
    expect(late.status).toBe(200);
  });

  it("changes between two handshakes; connections and sessions that are there go on", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    const client = clientOf(gateway);
    const options = { minVersion: "TLSv1.3" } as const;
    const before = await client.handshake("shop.test", options);
    let session: Buffer | undefined;
    before.on("session", (given: Buffer) => (session = given));
    before.on("data", () => {});
    before.write("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    await until("a session ticket", () => session !== undefined);
    const routes = [route("shop.test", [app.port])];
    const renewed = {
      ...(await authority.certificate(["shop.test"])),
      ...(await authority.pair("CN=renewed", ["shop.test"])),
    };
    gateway.applyAll(routes, { certificates: [renewed] });
    expect(await client.shown("shop.test")).toBe("renewed");
    const resumed = await client.handshake("shop.test", { ...options, session });
    expect(resumed.isSessionReused()).toBe(true);
    resumed.destroy();
    before.write("GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
    await once(before, "close");
  });

  it("stays when a table comes with one that cannot be served, and the table is refused whole", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    const client = clientOf(gateway);
    const good = await authority.certificate(["new.test"]);
    const other = await authority.certificate(["other.test"]);
    const refused = (certificate: Certificate, why: RegExp) =>
      expect(() =>
        gateway.applyAll([route("new.test", [app.port])], { certificates: [good, certificate] }),
      ).toThrow(why);
    refused({ ...other, key: good.key }, /came with a key that is not its own/);
    refused({ ...other, hosts: ["else.test"] }, /is listed for else.test, but is good for/);
    refused({ ...other, hosts: ["*.other.test"] }, /is listed for \*\.other\.test/);
    refused({ ...other, chain: "-----BEGIN CERTIFICATE-----\nAAAA\n" }, /cannot be read/);
    expect(await client.shown("new.test")).toBe(UNRECOGNIZED_NAME);
    expect((await client.fetch("shop.test")).status).toBe(200);
    expect((await ask(gateway.port, "/", { headers: { host: "new.test" } })).status).toBe(404);
  });
});

describe("what comes to the HTTPS port", () => {
  it("as plain HTTP is told to use https", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    using client = new RawClient(gateway.httpsPort ?? 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.receives("400 Bad Request");
    await client.receives("https://");
    await client.closes();
    expect(client.received).toContain("Connection: close");
  });

  it("as anything else is closed without an answer", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    for (const bytes of [
      "SSH-2.0-x\r\n",
      "\u0016\u0003\u0001\u0000\u0000",
      "\u0016\u0003\u0001\u0000\u0002\u0002\u0000",
    ]) {
      using client = new RawClient(gateway.httpsPort ?? 0, Buffer.from(bytes, "latin1"));
      await client.closes();
      expect(client.received).toBe("");
    }
  });

  it("as a hello in many small pieces is read as one", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    const pieces = inPieces(gateway.httpsPort ?? 0);
    const client = new HttpsClient(await pieces.port, authority.pem);
    expect(await client.shown("shop.test")).toBe("shop.test");
    await pieces.close();
  });

  it("and does not say hello in time is dropped, like a handshake that is not finished", async () => {
    const certificates = [await authority.certificate(["shop.test"])];
    await using gateway = await TestGateway.startSecure(
      [],
      { certificates },
      { headersTimeoutMs: 50 },
    );
    using silent = new RawClient(gateway.httpsPort ?? 0);
    using begun = new RawClient(gateway.httpsPort ?? 0, Buffer.from([22, 3, 1]));
    await Promise.all([silent.closes(), begun.closes()]);
    expect(gateway.secure.connections).toBe(0);
  });

  it("speaks TLS 1.2 at least", async () => {
    await using gateway = await gatewayFor(["shop.test"]);
    const client = clientOf(gateway);
    const old = {
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT:@SECLEVEL=0",
    } as const;
    expect(await client.shown("shop.test", old)).toMatch(/PROTOCOL_VERSION/);
    expect(await client.shown("shop.test", { maxVersion: "TLSv1.2" })).toBe("shop.test");
  });
});

/** A relay that hands each byte of what clients send on alone. */
function inPieces(to: number): { port: Promise<number>; close: () => Promise<void> } {
  const server = createServer((client) => {
    const onward = connectNet(to, "127.0.0.1").setNoDelay(true);
    let last = Promise.resolve();
    client.on("data", (chunk: Buffer) => {
      for (const byte of chunk.subarray(0, 300))
        last = last.then(
          () =>
            new Promise((resolve) => onward.write(Buffer.of(byte), () => setImmediate(resolve))),
        );
      last = last.then(() => void onward.write(chunk.subarray(300)));
    });
    onward.pipe(client);
    for (const side of [client, onward]) side.on("error", () => {});
    client.on("close", () => onward.destroy());
    onward.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  const port = once(server, "listening").then(() => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  return { port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
