import { block } from "@bastide/biscuit";
import { GatewayQuestion } from "@bastide/contracts";
import { expect, it } from "vitest";
import { explainRequest } from "../src/explain/explain-request.ts";
import { instanceId, route } from "../src/table/route.fixture.ts";
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

async function setUp() {
  const gateway = await TestGateway.start([
    route(HOST, [4_001], { settings: { authorization } }),
    route(HOST, [4_001], { path: "/open" }),
    route(HOST, [], { path: "/old", settings: { redirect: { to: "/new{query}", status: 308 } } }),
    route(HOST, [4_001], { path: "/shut", settings: { maintenance: { message: "Back soon." } } }),
  ]);
  gateway.change(platform.entry);
  const explain = (url: string, more: Partial<GatewayQuestion> = {}) =>
    explainRequest(gateway, GatewayQuestion.parse({ method: "GET", url, ...more }));
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
