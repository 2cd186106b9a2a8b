import type { Certificate, RouteSettings } from "@bastide/contracts";
import { createHash, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { type Pair, TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { Http2Client } from "./harness/http2-client.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { httpApp, type TestServer } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

let authority: TestAuthority;
let clients: TestAuthority;
let robot: Pair;
let app: TestServer;

beforeAll(async () => {
  authority = await TestAuthority.make("server authority");
  clients = await TestAuthority.make("client authority");
  robot = await clients.pair("CN=röbot, O=Acme", []);
  app = await httpApp((incoming, response) => response.end(JSON.stringify(incoming.headers)));
});
afterAll(() => app[Symbol.asyncDispose]());

const clientOf = (gateway: TestGateway) => new HttpsClient(gateway.httpsPort, authority.pem);
const credentials = ({ chain, key }: Pair) => ({ cert: chain, key });

/** Hosts by what their routes say; each with a certificate of its own. */
async function gatewayOf(
  hosts: Readonly<Record<string, RouteSettings>>,
  source: Certificate["source"] = "private-ca",
  areUnknown: readonly string[] = [],
): Promise<TestGateway> {
  const routes = Object.entries(hosts).map(([host, settings]) =>
    route(host, [app.port], { settings }),
  );
  const certificates = await Promise.all(
    Object.keys(hosts).map((host) =>
      authority.certificate([host], {
        source,
        name: `${source}:${host}`,
        ...(areUnknown.includes(host) ? { isPrivate: true } : {}),
      }),
    ),
  );
  return TestGateway.startSecure(routes, { certificates });
}

describe("plain HTTP", () => {
  it("is redirected once a host has a public certificate, with path, query and method kept", async () => {
    await using gateway = await gatewayOf({ "shop.test": {} }, "acme");
    const answer = await ask(gateway.port, "/a/b?c=d&e", {
      method: "POST",
      headers: { host: `shop.test:${gateway.port}` },
      body: "x",
    });
    expect(answer.status).toBe(308);
    expect(answer.headers.location).toBe(`https://shop.test:${gateway.httpsPort}/a/b?c=d&e`);
  });

  it("goes on beside an uploaded certificate of an authority that browsers do not know", async () => {
    const hosts = { "known.test": {}, "unknown.test": {} };
    await using gateway = await gatewayOf(hosts, "uploaded", ["unknown.test"]);
    const status = async (host: string) =>
      (await ask(gateway.port, "/", { headers: { host } })).status;
    expect(await status("known.test")).toBe(308);
    expect(await status("unknown.test")).toBe(200);
    expect((await clientOf(gateway).fetch("unknown.test")).status).toBe(200);
  });

  it("goes on beside a private certificate, unless the route says otherwise", async () => {
    await using gateway = await gatewayOf({
      "open.test": {},
      "moved.test": { https: "redirect" },
      "closed.test": { https: "only" },
    });
    const status = async (host: string) =>
      (await ask(gateway.port, "/", { headers: { host } })).status;
    expect(await status("open.test")).toBe(200);
    expect(await status("moved.test")).toBe(308);
    expect(await status("closed.test")).toBe(403);
    const client = clientOf(gateway);
    for (const host of ["open.test", "moved.test", "closed.test"])
      expect((await client.fetch(host)).status).toBe(200);
  });
});

describe("a connection for one host", () => {
  it("is refused another one that its certificate is not good for, over both versions of HTTP", async () => {
    await using gateway = await gatewayOf({ "one.test": {}, "two.test": {} });
    const client = clientOf(gateway);
    const answer = await client.fetch("two.test", { servername: "one.test" });
    expect(answer.status).toBe(421);
    using session = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
      servername: "one.test",
    });
    expect((await session.ask({ ":authority": "two.test" })).status).toBe(421);
    expect((await session.ask({ ":authority": "one.test" })).status).toBe(200);
  });

  it("may be used for the others that its certificate names", async () => {
    const certificate = await authority.certificate(["one.test", "*.one.test"]);
    const routes = ["one.test", "a.one.test"].map((host) => route(host, [app.port]));
    await using gateway = await TestGateway.startSecure(routes, { certificates: [certificate] });
    using session = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
      servername: "one.test",
    });
    expect((await session.ask({ ":authority": "a.one.test" })).status).toBe(200);
    expect((await session.ask({ ":authority": "b.a.one.test" })).status).toBe(421);
  });
});

describe("a route with client authorities", () => {
  const start = () =>
    gatewayOf({ "mtls.test": { clientAuthorities: clients.pem }, "open.test": {} });

  it("lets in clients with a certificate of one, and tells the app who they are", async () => {
    await using gateway = await start();
    const client = clientOf(gateway);
    const answer = await client.fetch("mtls.test", credentials(robot));
    expect(answer.status).toBe(200);
    const fingerprint = createHash("sha256").update(new X509Certificate(robot.chain).raw);
    expect(JSON.parse(answer.body)).toMatchObject({
      "x-bastide-client-subject": "CN=r%C3%B6bot,O=Acme",
      "x-bastide-client-fingerprint": fingerprint.digest("hex"),
    });
    using session = await Http2Client.connect(gateway.httpsPort ?? 0, authority.pem, {
      servername: "mtls.test",
      ...credentials(robot),
    });
    expect((await session.ask()).status).toBe(200);
  });

  it("refuses no certificate, a foreign one and one that has ended, each with the reason", async () => {
    await using gateway = await start();
    const client = clientOf(gateway);
    const foreign = await authority.pair("CN=foreign", []);
    const past = { notBefore: new Date(Date.now() - 9e8), notAfter: new Date(Date.now() - 1e8) };
    const ended = await clients.pair("CN=ended", [], past);
    const why = async (options: object) => {
      const { status, body } = await client.fetch("mtls.test", options);
      return `${status} ${body}`;
    };
    expect(await why({})).toMatch(/^403 .*none was presented/);
    expect(await why(credentials(foreign))).toMatch(/^403 .*was not accepted/);
    expect(await why(credentials(ended))).toMatch(/^403 .*CERT_HAS_EXPIRED/);
  });

  it("is not reached without TLS, nor over a connection for another host", async () => {
    await using gateway = await start();
    const plain = await ask(gateway.port, "/", { headers: { host: "mtls.test" } });
    expect(plain.status).toBe(308);
    const both = await authority.certificate(["mtls.test", "open.test"], { name: "both" });
    gateway.applyAll(
      [
        route("mtls.test", [app.port], { settings: { clientAuthorities: clients.pem } }),
        route("open.test", [app.port]),
      ],
      { certificates: [both] },
    );
    const client = clientOf(gateway);
    const options = { servername: "open.test", ...credentials(robot) };
    expect((await client.fetch("mtls.test", options)).status).toBe(421);
    expect((await client.fetch("open.test", options)).status).toBe(200);
  });

  it("has its own authorities, though the host asks for all of its routes'", async () => {
    const others = await TestAuthority.make("another client authority");
    const certificates = [await authority.certificate(["mtls.test"])];
    const routes = [
      route("mtls.test", [app.port], { path: "/a", settings: { clientAuthorities: clients.pem } }),
      route("mtls.test", [app.port], { path: "/b", settings: { clientAuthorities: others.pem } }),
      route("mtls.test", [app.port], { path: "/" }),
    ];
    await using gateway = await TestGateway.startSecure(routes, { certificates });
    const client = clientOf(gateway);
    const status = async (path: string, options: object = {}) =>
      (await client.fetch("mtls.test", { path, ...options })).status;
    const other = credentials(await others.pair("CN=other", []));
    expect(await status("/a", credentials(robot))).toBe(200);
    expect(await status("/b", credentials(robot))).toBe(403);
    expect(await status("/b", other)).toBe(200);
    expect(await status("/a", other)).toBe(403);
    expect(await status("/")).toBe(200);
  });

  it("cannot be told a client's name by the client", async () => {
    await using gateway = await start();
    const answer = await ask(gateway.port, "/", {
      headers: {
        host: "open.test",
        "x-bastide-client-subject": "CN=admin",
        "X-Bastide_Client-Fingerprint": "00",
      },
    });
    expect(Object.keys(JSON.parse(answer.body)).filter((name) => /client/.test(name))).toEqual([]);
  });

  it("whose authorities cannot be read refuses the table", async () => {
    await using gateway = await start();
    for (const clientAuthorities of [
      "nothing",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ])
      expect(() =>
        gateway.applyAll([route("mtls.test", [], { settings: { clientAuthorities } })], {}),
      ).toThrow(/client authorit/);
    expect((await clientOf(gateway).fetch("open.test")).status).toBe(200);
  });
});

describe("what a public authority asks for", () => {
  const challenge = {
    kind: "http-01",
    token: "the-token",
    host: "shop.test",
    keyAuthorization: "the-token.thumbprint",
  } as const;
  const path = "/.well-known/acme-challenge/the-token";

  it("is answered over plain HTTP at its host, before any route or redirect", async () => {
    const certificates = [await authority.certificate(["shop.test"], { source: "acme" })];
    const routes = [route("shop.test", [app.port], { settings: { https: "only" } })];
    await using gateway = await TestGateway.startSecure(routes, {
      certificates,
      challenges: [challenge],
    });
    const body = async (host: string, at = path) =>
      (await ask(gateway.port, at, { headers: { host } })).body;
    expect(await body("shop.test")).toBe("the-token.thumbprint");
    expect(await body("other.test")).not.toContain("thumbprint");
    expect(await body("shop.test", `${path}x`)).toContain("HTTPS");
    gateway.applyAll(routes, { certificates });
    expect(await body("shop.test")).toContain("HTTPS");
  });

  it("is shown by its own protocol, while others get the host's certificate", async () => {
    const certificates = [await authority.certificate(["shop.test"])];
    const shown = await authority.pair("CN=challenge", ["shop.test"]);
    await using gateway = await TestGateway.startSecure([route("shop.test", [app.port])], {
      certificates,
      challenges: [{ kind: "tls-alpn-01", token: "t", host: "shop.test", ...shown }],
    });
    const client = clientOf(gateway);
    expect(await client.shown("shop.test", { ALPNProtocols: ["acme-tls/1"] })).toBe("challenge");
    expect(await client.shown("shop.test")).toBe("shop.test");
    expect(await client.shown("other.test", { ALPNProtocols: ["acme-tls/1"] })).toMatch(/NAME/);
  });
});
