import { Biscuit, biscuit, block, definePolicy, fact, KeyPair } from "@bastide/biscuit";
import { Problem, type Route, type RouteAuthorization } from "@bastide/contracts";
import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { type Answer, ask } from "./harness/http-client.ts";
import { bearer, PlatformTokens, revoked } from "./harness/platform-tokens.ts";
import { httpApp, type TestServer } from "./harness/sockets.ts";
import { TestGateway, type TestGatewayOptions } from "./harness/test-gateway.ts";

const HOST = "shop.localhost";
const OTHER = "other.localhost";
const platform = new PlatformTokens();

const protectedBy = (
  policy: string,
  more: Partial<Extract<RouteAuthorization, { kind: "biscuit" }>> = {},
): Route["settings"] => ({
  authorization: { kind: "biscuit", policy, identity: "token", staleAfterSeconds: 300, ...more },
});

const DEVELOPERS = 'allow if role($org, "developer"), resource_org($org)';

/** An app that answers with the headers it got. */
const echo = (): Promise<TestServer> =>
  httpApp((request, response) => response.end(JSON.stringify(request.headers)));

async function setUp(
  settings: Route["settings"] = protectedBy(DEVELOPERS),
  options: TestGatewayOptions = {},
) {
  const app = await echo();
  const routes = [
    route(HOST, [app.port], { settings }),
    route(HOST, [app.port], { path: "/open" }),
    route(OTHER, [app.port], { settings }),
  ];
  const gateway = await TestGateway.start(routes, options);
  gateway.change(platform.entry);
  const get = (
    headers: Record<string, string> = {},
    { path = "/", method = "GET", host = HOST } = {},
  ): Promise<Answer> => ask(gateway.port, path, { method, headers: { host, ...headers } });
  const close = async () => {
    await gateway[Symbol.asyncDispose]();
    await app.die();
  };
  return { gateway, app, get, [Symbol.asyncDispose]: close };
}

const seen = ({ body }: Answer): Record<string, string> => JSON.parse(body);
const problemOf = ({ body }: Answer): Problem => Problem.parse(JSON.parse(body));
const JSON_PLEASE = { accept: "application/json" };

describe("a route with a policy", () => {
  it("lets in whom the policy allows, and nobody else, with challenges as RFC 6750 has them", async () => {
    await using on = await setUp();
    const foreign = new PlatformTokens(1).sign();
    const stranger = platform.sign(biscuit`user("bob"); role("other", "developer");`);
    const cases: [string, Record<string, string>, number, string][] = [
      ["a good token", bearer(platform.sign()), 200, ""],
      [
        "a token narrowed to what is asked",
        bearer(
          platform.narrowed(
            block`check if method("GET"); check if app("shop"); check if environment("production");`,
          ),
        ),
        200,
        "",
      ],
      ["no token", {}, 401, `Bearer realm="${HOST}"`],
      ["another scheme", { authorization: "Basic YTpi" }, 401, `Bearer realm="${HOST}"`],
      ["a malformed field", { authorization: "Bearer a b" }, 400, 'error="invalid_request"'],
      ["what is no token", { authorization: "Bearer abc" }, 401, 'error="invalid_token"'],
      ["a token under another key", bearer(foreign), 401, 'error="invalid_token"'],
      [
        "a token under a key that nobody knows",
        bearer(new PlatformTokens(9).sign()),
        401,
        'error="invalid_token"',
      ],
      ["an expired token", bearer(platform.expired()), 401, 'error="invalid_token"'],
      ["a token of another organisation", bearer(stranger), 403, 'error="insufficient_scope"'],
      [
        "a token narrowed to another method",
        bearer(platform.narrowed(block`check if method("POST");`)),
        403,
        'error="insufficient_scope"',
      ],
      [
        "a token narrowed to another app",
        bearer(platform.narrowed(block`check if app("blog");`)),
        403,
        'error="insufficient_scope"',
      ],
      [
        "a token for an operation of the API",
        bearer(platform.narrowed(block`check if operation("deploy");`)),
        403,
        'error="insufficient_scope"',
      ],
      [
        "a token of another host",
        bearer(platform.narrowed(block`check if host(${OTHER});`)),
        403,
        'error="insufficient_scope"',
      ],
      [
        "a token of another client",
        bearer(platform.narrowed(block`check if client_ip("10.0.0.1");`)),
        403,
        'error="insufficient_scope"',
      ],
      [
        "a token of this client",
        bearer(platform.narrowed(block`check if client_ip("127.0.0.1");`)),
        200,
        "",
      ],
    ];
    for (const [name, headers, status, challenge] of cases)
      for (const time of ["first", "again"]) {
        const answer = await on.get({ ...headers, ...JSON_PLEASE });
        expect([name, time, answer.status]).toEqual([name, time, status]);
        expect(answer.headers["www-authenticate"] ?? "").toContain(challenge);
        const told = status === 200 ? 200 : problemOf(answer).status;
        expect(told).toBe(status);
      }
    expect((await on.get({}, { path: "/open" })).status).toBe(200);
    expect(on.gateway.errors).toEqual([]);
  });

  it("refuses a request with two tokens, since two servers may take different ones", async () => {
    await using on = await setUp();
    const token = platform.sign().toString();
    const headers = [
      "host",
      HOST,
      "authorization",
      `Bearer ${token}`,
      "Authorization",
      `Bearer ${token}`,
    ];
    const answer = await ask(on.gateway.port, "/", { headers });
    expect(answer.status).toBe(400);
  });

  it("takes no fact of the request from the token", async () => {
    await using on = await setUp(
      protectedBy('allow if user($u), method("POST"), host("other.localhost")'),
    );
    for (const claims of [
      biscuit`user("alice"); method("POST"); host("other.localhost");`,
      biscuit`user("alice"); method("POST") <- user($u); host("other.localhost") <- user($u);`,
    ]) {
      const answer = await on.get({ ...bearer(platform.sign(claims)), ...JSON_PLEASE });
      expect([answer.status, problemOf(answer).detail]).toEqual([
        403,
        expect.stringContaining("host, method"),
      ]);
    }
    const inBlock = platform.narrowed(block`method("POST"); host("other.localhost");`);
    expect((await on.get(bearer(inBlock))).status).toBe(403);
    const good = bearer(platform.sign());
    expect((await on.get(good, { method: "POST", host: OTHER })).status).toBe(200);
    expect((await on.get(good, { method: "POST" })).status).toBe(403);
  });

  it("decides by the path only where it has one reading", async () => {
    await using on = await setUp(
      protectedBy('allow if user($u), path($p), $p.starts_with("/public/")'),
    );
    const token = bearer(platform.sign());
    expect((await on.get(token, { path: "/public/a" })).status).toBe(200);
    expect((await on.get(token, { path: "/private" })).status).toBe(403);
    for (const path of ["/public/../private", "/public/%2e%2e/private", "/public//x"])
      expect([path, (await on.get(token, { path })).status]).toEqual([path, 400]);
  });

  it("tells why to those who may develop the app, and not to others", async () => {
    await using on = await setUp(protectedBy('allow if role($org, "owner"), resource_org($org)'));
    const developer = await on.get({ ...bearer(platform.sign()), ...JSON_PLEASE });
    expect(problemOf(developer).why).toEqual(["the policy's decision: no-policy"]);
    const outsider = platform.sign(biscuit`user("bob");`);
    expect(problemOf(await on.get({ ...bearer(outsider), ...JSON_PLEASE })).why).toBeUndefined();
    const narrowed = platform.narrowed(block`check if secret("x");`);
    const answer = await on.get({ ...bearer(narrowed), ...JSON_PLEASE });
    expect([answer.status, answer.body.includes("secret")]).toEqual([403, false]);
  });

  it("refuses a table with a policy that does not compile, whole, and says where", async () => {
    await using on = await setUp();
    const broken = route(HOST, [1], { settings: protectedBy("allow if user($u),\n\trole($u") });
    expect(() => on.gateway.apply([broken])).toThrow(/line 2, column \d+[\s\S]*role\(\$u\n\t +\^$/);
    expect((await on.get(bearer(platform.sign()))).status).toBe(200);
  });
});

describe("what is trusted", () => {
  it("changes at once: a revoked token and all that stem from it, a retired key, a new one", async () => {
    await using on = await setUp();
    const [token, other] = [platform.sign(), platform.sign()];
    const child = token.attenuate(block`check if method("GET");`);
    for (const one of [token, other, child]) expect((await on.get(bearer(one))).status).toBe(200);
    on.gateway.change(revoked(token.revocationIds[0] ?? ""));
    expect(
      await Promise.all(
        [token, child, other].map(async (one) => (await on.get(bearer(one))).status),
      ),
    ).toEqual([401, 401, 200]);
    const next = new PlatformTokens(2);
    expect((await on.get(bearer(next.sign()))).status).toBe(401);
    on.gateway.change(next.entry);
    expect((await on.get(bearer(next.sign()))).status).toBe(200);
    on.gateway.change([platform.entry[0], null]);
    expect((await on.get(bearer(other))).status).toBe(401);
    expect((await on.get(bearer(next.sign()))).status).toBe(200);
  });

  it("a child is revoked without its parent", async () => {
    await using on = await setUp();
    const token = platform.sign();
    const child = token.attenuate(block`check if method("GET");`);
    on.gateway.change(revoked(child.revocationIds.at(-1) ?? ""));
    expect([(await on.get(bearer(child))).status, (await on.get(bearer(token))).status]).toEqual([
      401, 200,
    ]);
  });

  it("a token that failed under no key is good once its key has come", async () => {
    await using on = await setUp();
    const next = new PlatformTokens(7);
    const token = bearer(next.sign());
    expect([(await on.get(token)).status, (await on.get(token)).status]).toEqual([401, 401]);
    on.gateway.change(next.entry);
    expect((await on.get(token)).status).toBe(200);
  });

  it("ends a decision at the time that a token or a policy names", async () => {
    let nowMs = Date.now();
    const until = new Date(Math.ceil(nowMs / 1000) * 1000 + 10_000);
    await using on = await setUp(protectedBy(DEVELOPERS), { timeOfDay: () => nowMs });
    const token = bearer(platform.narrowed(block`check if time($t), $t <= ${until} or false;`));
    expect((await on.get(token)).status).toBe(200);
    nowMs = until.getTime() + 999;
    expect((await on.get(token)).status).toBe(200);
    nowMs = until.getTime() + 1_000;
    expect((await on.get(token)).status).toBe(403);
  });

  it("is not trusted for ever without the control plane: then such routes are closed, and others go on", async () => {
    let nowMs = Date.now();
    await using on = await setUp(protectedBy(DEVELOPERS, { staleAfterSeconds: 10 }), {
      timeOfDay: () => nowMs,
    });
    const token = bearer(platform.sign());
    nowMs += 10_000;
    expect((await on.get(token)).status).toBe(200);
    nowMs += 1;
    const closed = await on.get({ ...token, ...JSON_PLEASE });
    expect([closed.status, problemOf(closed).detail]).toEqual([
      503,
      expect.stringContaining("10 s"),
    ]);
    expect((await on.get({}, { path: "/open" })).status).toBe(200);
    on.gateway.authorizer.freshness.heard(0);
    expect((await on.get(token)).status).toBe(200);
  });
});

describe("what the app learns of the caller", () => {
  it("token: the caller's, of use for this app, host and method only, and not for long", async () => {
    await using on = await setUp();
    const token = platform.sign();
    const answer = seen(await on.get({ ...bearer(token), "x-bastide-subject": "user:root" }));
    const given = answer["authorization"]?.replace("Bearer ", "") ?? "";
    expect(answer).not.toHaveProperty("x-bastide-subject");
    expect(given).not.toContain(token.toString());
    const narrowed = Biscuit.parse(given, platform.key.publicKey);
    const policy = definePolicy('allow if user("alice")');
    const about = { app: "shop", environment: "production", host: HOST, method: "GET" };
    const decide = (changed: Partial<typeof about>, afterMs = 0): boolean =>
      policy.authorize(narrowed, {
        facts: [
          fact("time", new Date(Date.now() + afterMs)),
          ...Object.entries({ ...about, ...changed }).map(([name, value]) => fact(name, value)),
        ],
      }).allowed;
    expect(decide({})).toBe(true);
    expect(
      [{ app: "blog" }, { environment: "x" }, { host: OTHER }, { method: "POST" }].map((one) =>
        decide(one),
      ),
    ).toEqual([false, false, false, false]);
    expect(decide({}, 61_000)).toBe(false);
    // It can be narrowed further by the app, for those that the app asks in turn.
    expect(narrowed.isSealed).toBe(false);
    expect((await on.get(bearer(token.seal()))).status).toBe(403);
  });

  it("headers: who asks, signed by the gateway as RFC 9421 has it", async () => {
    await using on = await setUp(protectedBy(DEVELOPERS, { identity: "headers" }));
    const spoofed = {
      signature: "x=:AAAA:",
      "signature-input": 'x=("@method")',
      "x-bastide-roles": "owner",
    };
    const token = platform.sign(
      biscuit`user("ali ce\n"); role("acme", "developer"); role("other", "owner");`,
    );
    const answer = seen(await on.get({ ...bearer(token), ...spoofed }));
    expect(answer).not.toHaveProperty("authorization");
    expect(answer).toMatchObject({
      "x-bastide-subject": "user:ali%20ce%0A",
      "x-bastide-roles": "developer",
      "x-bastide-app": "acme/shop/production",
    });
    const parameters = /^bastide=(.*)$/.exec(answer["signature-input"] ?? "")?.[1] ?? "";
    const names = [...parameters.matchAll(/"([^"]+)"(?=[ )])/g)].map(([, name = ""]) => name);
    const values: Record<string, string> = { "@method": "GET", "@authority": HOST, ...answer };
    const base = [
      ...names.map((name) => `"${name}": ${values[name]}`),
      `"@signature-params": ${parameters}`,
    ].join("\n");
    const keySet = JSON.parse((await ask(on.gateway.port, "/.bastide/identity-keys")).body);
    const key = createPublicKey({ key: keySet.keys[0], format: "jwk" });
    const signature = Buffer.from(
      /^bastide=:(.*):$/.exec(answer["signature"] ?? "")?.[1] ?? "",
      "base64",
    );
    expect(names).toEqual([
      "@method",
      "@authority",
      "x-bastide-subject",
      "x-bastide-roles",
      "x-bastide-app",
    ]);
    expect(verify(null, Buffer.from(base), key, signature)).toBe(true);
    expect(verify(null, Buffer.from(base.replace("GET", "PUT")), key, signature)).toBe(false);
    expect(parameters).toContain(keySet.keys[0].kid);
  });

  it("caller: the token as it came; none: nothing", async () => {
    const token = platform.sign();
    await using as = await setUp(protectedBy(DEVELOPERS, { identity: "caller" }));
    expect(seen(await as.get(bearer(token)))["authorization"]).toBe(`Bearer ${token.toString()}`);
    await using without = await setUp(protectedBy(DEVELOPERS, { identity: "none" }));
    expect(seen(await without.get(bearer(token)))).not.toHaveProperty("authorization");
  });

  it("nothing that a client made up, on open routes as well", async () => {
    await using on = await setUp();
    const made = {
      "x-bastide-subject": "user:root",
      x_bastide_roles: "owner",
      "X-Bastide-App": "a",
    };
    expect(JSON.stringify(seen(await on.get(made, { path: "/open" })))).not.toMatch(/bastide/i);
  });
});

describe("tokens that are not good", () => {
  it("are answered from memory, and a client that brings too many of them is not served with verifications", async () => {
    const limits = {
      mostTokens: 10,
      mostFailures: 10,
      mostVerifyingCharacters: 4_000,
      failures: { requests: 1, perSeconds: 60, burst: 3 },
    };
    await using on = await setUp(protectedBy(DEVELOPERS), { tokens: limits });
    const known = bearer(platform.sign());
    expect((await on.get(known)).status).toBe(200);
    const bad = Array.from({ length: 4 }, () => bearer(new PlatformTokens(1).sign()));
    const statuses: number[] = [];
    for (const one of bad) statuses.push((await on.get(one)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    // The first ones are known to be bad; a good one that is known goes on; a new one must wait.
    expect((await on.get(bad[0])).status).toBe(401);
    expect((await on.get(known)).status).toBe(200);
    const late = await on.get(bearer(platform.sign()));
    expect([late.status, Number(late.headers["retry-after"]) > 0]).toEqual([429, true]);
  });

  it("are not verified where too many others are, whoever sends them", async () => {
    const limits = {
      mostTokens: 100,
      mostFailures: 10,
      mostVerifyingCharacters: 10,
      failures: { requests: 100, perSeconds: 1, burst: 100 },
    };
    await using on = await setUp(protectedBy(DEVELOPERS), { tokens: limits });
    expect((await on.get(bearer(platform.sign()))).status).toBe(503);
  });
});

it("a key that is none refuses the change whole", async () => {
  await using on = await setUp();
  const id = KeyPair.generate().publicKey.toString().slice(0, 20);
  expect(() =>
    on.gateway.change(["root-key/5", { id: 5, publicKey: id }], revoked("ab".repeat(64))),
  ).toThrow(/key/);
  expect(on.gateway.authorizer.trust.revocations).toBe(0);
});
