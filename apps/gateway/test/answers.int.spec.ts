import { describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { ask } from "./harness/http-client.ts";
import { httpApp, RawClient } from "./harness/sockets.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const at = { headers: { host: HOST } };

describe("matching", () => {
  it("sends names below a wildcard to its app, and the bare name to nobody", async () => {
    await using app = await httpApp((request, response) => response.end(request.headers.host));
    await using gateway = await TestGateway.start([route("*.tenant.test", [app.port])]);
    const to = (host: string) => ask(gateway.port, "/", { headers: { host } });
    expect((await to("a.tenant.test")).body).toBe("a.tenant.test");
    expect((await to("A.B.Tenant.test:80")).status).toBe(200);
    expect((await to("tenant.test")).status).toBe(404);
    expect((await to("xtenant.test")).status).toBe(404);
  });

  it("answers 405 with Allow where only the method is wrong", async () => {
    await using app = await httpApp((_, response) => response.end());
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], { conditions: { methods: ["PUT", "GET"] } }),
    ]);
    const wrong = await ask(gateway.port, "/x", { ...at, method: "DELETE" });
    expect([wrong.status, wrong.headers.allow]).toEqual([405, "GET, PUT"]);
    expect((await ask(gateway.port, "/x", { ...at, method: "PUT" })).status).toBe(200);
  });

  it("chooses by header", async () => {
    await using stable = await httpApp((_, response) => response.end("stable"));
    await using canary = await httpApp((_, response) => response.end("canary"));
    await using gateway = await TestGateway.start([
      route(HOST, [stable.port]),
      route(HOST, [canary.port], { conditions: { headers: [{ name: "x-canary", value: "1" }] } }),
    ]);
    const asked = (value: string) =>
      ask(gateway.port, "/", { headers: { host: HOST, "x-canary": value } });
    expect((await asked("1")).body).toBe("canary");
    expect((await asked("2")).body).toBe("stable");
  });

  it.each([
    "/%61dmin",
    "/%2561dmin",
    "/x/../admin",
    "//admin",
    "/./admin",
    "/x/%2e%2e/admin",
    "/x%2f..%2fadmin",
    "/admin/../x",
    "/x\\..\\admin",
    "/admin;v=1/x",
    "/%61dmin/../x",
  ])("refuses a path that another server may read as a route of its own: %s", async (path) => {
    await using app = await httpApp((_, response) => response.end("app"));
    await using gateway = await TestGateway.start([
      route(HOST, [app.port]),
      route(HOST, [app.port], { path: "/admin", settings: { maintenance: { message: "no" } } }),
    ]);
    using client = new RawClient(
      gateway.port,
      `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
    );
    await client.closes();
    expect(client.received).toMatch(/^HTTP\/1.1 400 /);
    expect(app.accepted).toBe(0);
  });

  it("leaves odd paths alone where they make no difference", async () => {
    await using app = await httpApp((request, response) => response.end(request.url));
    await using gateway = await TestGateway.start([
      route(HOST, [app.port]),
      route(HOST, [app.port], { path: "/admin" }),
    ]);
    for (const path of ["/a%20b", "/a//b", "/%C3%A9;x", "/b/../c", "/admin/a%2Fb"])
      expect((await ask(gateway.port, path, at)).body).toBe(path);
  });
});

describe("a redirect", () => {
  const redirecting = (to: string, status: 301 | 302 | 307 | 308 = 308) =>
    TestGateway.start([route(HOST, [], { settings: { redirect: { status, to } } })]);

  it.each([
    ["https://{host}{path}{query}", "/a/b?c=d&e", `https://${HOST}/a/b?c=d&e`],
    ["https://www.{host}:8443{path}", "/a?b", `https://www.${HOST}:8443/a`],
    ["/new{path}", "/a", "/new/a"],
    ["/{path}", "/evil.test/x", "/evil.test/x"],
    ["/{path}", "//evil.test/x", "/evil.test/x"],
    ["https://other.test/", "/secret?token=1", "https://other.test/"],
  ])("to %s from %s leads to %s", async (to, path, location) => {
    await using gateway = await redirecting(to, 307);
    const answer = await ask(gateway.port, path, at);
    expect([answer.status, answer.headers.location]).toEqual([307, location]);
  });

  it("says nothing of a host or a header that the request makes up", async () => {
    await using gateway = await redirecting("https://{host}{path}");
    for (const head of [
      "GET /a%0d%0aset-cookie:x HTTP/1.1\r\nHost: shop.localhost",
      "GET / HTTP/1.1\r\nHost: shop.localhost\r\nX-Forwarded-Host: evil.test",
    ]) {
      using client = new RawClient(gateway.port, `${head}\r\nConnection: close\r\n\r\n`);
      await client.closes();
      expect(client.received).not.toMatch(/evil|^set-cookie/im);
    }
  });
});

describe("maintenance", () => {
  const closed = () =>
    TestGateway.start([
      route(HOST, [1], {
        settings: { maintenance: { message: "Back at <18:00>.", retryAfterSeconds: 600 } },
      }),
    ]);

  it("is a page for browsers and a problem for programs, with when to come back", async () => {
    await using gateway = await closed();
    const page = await ask(gateway.port, "/", { headers: { host: HOST, accept: "text/html" } });
    expect([page.status, page.headers["retry-after"]]).toEqual([503, "600"]);
    expect(page.body).toContain("Back at &lt;18:00&gt;.");
    const problem = await ask(gateway.port, "/", {
      headers: { host: HOST, accept: "application/json" },
    });
    expect(problem.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(problem.body)).toMatchObject({ status: 503, detail: "Back at <18:00>." });
  });
});

describe("error pages", () => {
  it("stand for the gateway's own errors in browsers, with what happened escaped", async () => {
    await using gateway = await TestGateway.start([
      route(HOST, [], {
        whenEmpty: "stopped",
        settings: { errorPages: { "5xx": "<h1>{status} {title}</h1><p>{detail}</p>{other}" } },
      }),
    ]);
    const page = await ask(gateway.port, "/", { headers: { host: HOST, accept: "text/html" } });
    expect(page.status).toBe(503);
    expect(page.body).toMatch(/^<h1>503 The app is stopped<\/h1><p>the app at .*<\/p>\{other\}$/);
    const text = await ask(gateway.port, "/", at);
    expect(text.headers["content-type"]).toMatch(/^text\/plain/);
  });

  it("leave the app's own errors alone", async () => {
    await using app = await httpApp((_, response) => response.writeHead(503).end("mine"));
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], { settings: { errorPages: { default: "page" } } }),
    ]);
    const answer = await ask(gateway.port, "/", { headers: { host: HOST, accept: "text/html" } });
    expect([answer.status, answer.body]).toEqual([503, "mine"]);
  });
});

describe("header rules", () => {
  it("change requests and answers, and nothing else of them", async () => {
    await using app = await httpApp((request, response) =>
      response
        .writeHead(200, { Server: "app", "X-Powered-By": "app", "X-Kept": "1" })
        .end(JSON.stringify(request.headers)),
    );
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], {
        settings: {
          requestHeaders: { remove: ["cookie", "x-a"], set: { "x-a": "set", "x-env": "test" } },
          responseHeaders: {
            remove: ["server", "x-powered-by"],
            set: { "x-frame-options": "DENY" },
          },
        },
      }),
    ]);
    const { headers, body } = await ask(gateway.port, "/", {
      headers: { host: HOST, cookie: "a=1", "x-a": "theirs", "x-b": "2" },
    });
    expect(JSON.parse(body)).toMatchObject({ "x-a": "set", "x-b": "2", "x-env": "test" });
    expect(JSON.parse(body)).not.toHaveProperty("cookie");
    expect(headers).toMatchObject({ "x-frame-options": "DENY", "x-kept": "1" });
    expect(headers).not.toHaveProperty("server");
    expect(headers).not.toHaveProperty("x-powered-by");
  });

  it("change the answer to an upgrade too", async () => {
    await using app = await httpApp(() => {}, {
      configure: (server) =>
        server.on("upgrade", (_, socket) => {
          socket.on("error", () => {});
          socket.end(
            "HTTP/1.1 101 Switching Protocols\r\nServer: app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
          );
        }),
    });
    await using gateway = await TestGateway.start([
      route(HOST, [app.port], {
        settings: { responseHeaders: { remove: ["server"], set: { "x-a": "1" } } },
      }),
    ]);
    using client = new RawClient(
      gateway.port,
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await client.receives("x-a: 1\r\n");
    expect(client.received).not.toContain("Server:");
  });
});
