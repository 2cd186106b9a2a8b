import { block } from "@bastide/biscuit";
import { GatewayQuestion } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { explainRequest } from "../src/explain/explain-request.ts";
import { instanceId, route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { PlatformTokens } from "./harness/platform-tokens.ts";
import { TestGateway } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const policy = 'allow if role($org, "developer"), resource_org($org)';
const authorization = {
  kind: "biscuit",
  policy,
  identity: "token",
  staleAfterSeconds: 300,
} as const;
const platform = new PlatformTokens();

const explainer =
  (gateway: TestGateway) =>
  (url: string, more: Partial<GatewayQuestion> = {}) => {
    const { routing, authorizer, tls } = gateway;
    const parts = { routing, authorizer, tls, httpsPort: () => gateway.httpsPort };
    return explainRequest(parts, GatewayQuestion.parse({ method: "GET", url, ...more }));
  };

async function setUp() {
  const gateway = await TestGateway.start([
    route(HOST, [4_001], { settings: { authorization } }),
    route(HOST, [4_001], { path: "/open" }),
    route(HOST, [], { path: "/old", settings: { redirect: { to: "/new{query}", status: 308 } } }),
    route(HOST, [4_001], { path: "/shut", settings: { maintenance: { message: "Back soon." } } }),
  ]);
  gateway.change(platform.entry);
  const explain = explainer(gateway);
  return { gateway, explain, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

it("says route, backends, policy and why, step by step, and never the token", async () => {
  await using on = await setUp();
  const token = platform.sign().toString();
  const explained = await on.explain(`https://${HOST}/a`, { token });
  expect(explained).toMatchObject({
    outcome: "forwarded",
    route: `route/${HOST}/`,
    owner: "acme/web/shop/production",
    backends: [
      { instance: instanceId(4_001), address: "127.0.0.1:4001", weight: 100, aside: false },
    ],
    authorization: {
      policy,
      subject: "user:alice",
      reads: [],
      why: expect.stringContaining("allow if role"),
    },
  });
  expect(JSON.stringify(explained)).not.toContain(token.slice(0, 40));
});

it("says why a request would be refused", async () => {
  await using on = await setUp();
  expect(await on.explain(`https://${HOST}/a`)).toMatchObject({ outcome: "refused", status: 401 });
  const narrowed = platform.narrowed(block`check if method("POST");`).toString();
  expect(await on.explain(`https://${HOST}/a`, { token: narrowed })).toMatchObject({
    status: 403,
    authorization: { reads: ["method"], why: expect.stringContaining('check if method("POST")') },
  });
  expect(await on.explain(`https://${HOST}/a`, { token: narrowed, method: "POST" })).toMatchObject({
    outcome: "forwarded",
  });
  const foreign = new PlatformTokens(1).sign().toString();
  expect(await on.explain(`https://${HOST}/a`, { token: foreign })).toMatchObject({
    status: 401,
    authorization: { why: expect.stringContaining("signature") },
  });
});

it("knows open, moved, closed and unknown places, and paths that have two readings", async () => {
  await using on = await setUp();
  expect(await on.explain(`http://${HOST}/open`)).toMatchObject({ outcome: "forwarded" });
  expect(await on.explain(`http://${HOST}/old?a=1`)).toMatchObject({
    status: 308,
    detail: "go to /new?a=1",
  });
  expect(await on.explain(`http://${HOST}/shut`)).toMatchObject({
    status: 503,
    detail: "Back soon.",
  });
  expect(await on.explain("http://unknown.localhost/")).toMatchObject({ status: 404 });
  expect(await on.explain(`http://${HOST}/open/../admin`)).toMatchObject({ status: 400 });
});

describe("the connection that a request needs", () => {
  const OWN = "own.test";
  const PUBLIC = "public.test";
  const BARE = "bare.test";

  async function setUpSecure() {
    const [site, clients, others] = await Promise.all(
      ["site", "clients", "others"].map((name) => TestAuthority.make(name)),
    );
    if (!site || !clients || !others) throw new Error("there are three");
    const gateway = await TestGateway.startSecure(
      [
        route(OWN, [4_001]),
        route(OWN, [4_001], { path: "/only", settings: { https: "only" } }),
        route(OWN, [4_001], { path: "/staff", settings: { clientAuthorities: clients.pem } }),
        route(OWN, [4_001], { path: "/guests", settings: { clientAuthorities: others.pem } }),
        route(PUBLIC, [4_001]),
        route(PUBLIC, [4_001], { path: "/plain", settings: { https: "allow" } }),
        route(BARE, [4_001]),
      ],
      {
        certificates: [
          await site.certificate([OWN]),
          await site.certificate([PUBLIC], { source: "acme", name: "acme:public.test" }),
        ],
      },
    );
    const explain = explainer(gateway);
    const close = () => gateway[Symbol.asyncDispose]();
    return { gateway, clients, others, explain, [Symbol.asyncDispose]: close };
  }

  it("is moved to HTTPS where the host has a public certificate or the route says so, and it is said why", async () => {
    await using on = await setUpSecure();
    const port = on.gateway.httpsPort;
    const cases: [string, object][] = [
      [`http://${OWN}/`, { outcome: "forwarded" }],
      [`http://${PUBLIC}/plain`, { outcome: "forwarded" }],
      [
        `http://${PUBLIC}/a?b=1`,
        {
          status: 308,
          detail: `go to https://${PUBLIC}:${port}/a?b=1`,
          because: expect.stringContaining("certificate that any client trusts"),
        },
      ],
      [`http://${OWN}/only`, { status: 403, because: expect.stringContaining("https says only") }],
      [
        `http://${OWN}/staff`,
        { status: 308, because: expect.stringContaining("client certificates") },
      ],
    ];
    for (const [url, expected] of cases)
      expect([url, await on.explain(url)]).toEqual([url, expect.objectContaining(expected)]);
  });

  it("shows which certificate, or that there is none and the handshake fails", async () => {
    await using on = await setUpSecure();
    expect(await on.explain(`https://${PUBLIC}/`)).toMatchObject({
      outcome: "forwarded",
      tls: { certificate: "acme:public.test", asksForCertificate: false },
    });
    const bare = await on.explain(`https://${BARE}/`);
    expect(bare).toMatchObject({ outcome: "refused", tls: { asksForCertificate: false } });
    expect([bare.status, bare.detail]).toEqual([
      undefined,
      expect.stringContaining("unrecognized_name"),
    ]);
  });

  it("judges a client's certificate as the handshake and the route would", async () => {
    await using on = await setUpSecure();
    const good = (await on.clients.pair("CN=alice", [])).chain;
    const guest = (await on.others.pair("CN=bob", [])).chain;
    const foreign = (await (await TestAuthority.make("foreign")).pair("CN=eve", [])).chain;
    const life = { notBefore: new Date("2020-01-01"), notAfter: new Date("2020-02-01") };
    const old = (await on.clients.pair("CN=old", [], life)).chain;
    const at = (path: string, clientCertificate?: string) =>
      on.explain(`https://${OWN}${path}`, clientCertificate ? { clientCertificate } : {});
    expect(await at("/staff", good)).toMatchObject({
      outcome: "forwarded",
      tls: { asksForCertificate: true, client: { subject: "CN=alice" } },
    });
    const cases: [string, string | undefined, string][] = [
      ["/staff", undefined, "none was presented"],
      ["/staff", guest, "of another authority"],
      ["/staff", foreign, "no authority of this host has issued it"],
      ["/staff", old, "valid until"],
      ["/guests", good, "of another authority"],
    ];
    for (const [path, certificate, why] of cases)
      expect(await at(path, certificate)).toMatchObject({
        status: 403,
        detail: expect.stringContaining(why),
        because: expect.stringContaining("clientAuthorities"),
      });
    // Other routes of the host ask for nothing of it.
    expect(await at("/", undefined)).toMatchObject({ outcome: "forwarded" });
  });
});
