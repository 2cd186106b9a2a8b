import { ApiError, endpoints, type RouteSettings } from "@bastide/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { issueAuthority, issueLeaf } from "../src/certificates/x509/issue.ts";
import { signal, type TestApp, TestPlatform, until } from "./platform.ts";

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
beforeEach(() => platform.calm());
afterAll(() => platform[Symbol.asyncDispose]());

const { set, unset, settings } = endpoints.routes;
const LIMITED: RouteSettings = { limits: { rate: { requests: 5, perSeconds: 1, by: "client" } } };

const put = (app: TestApp, body: RouteSettings, path?: string) =>
  app.admin.call(set, {
    parameters: app.target,
    body,
    query: path === undefined ? {} : { path },
    signal,
  });
const inTable = (app: TestApp, path: string) =>
  platform.gateway.table.get(`route/${app.host}${path}`);

describe("route settings", () => {
  it("reach every gateway at once, without a deployment", async () => {
    const app = await platform.app();
    await app.deploy();
    const before = await app.instances();
    expect(await put(app, LIMITED)).toMatchObject({ path: "/", settings: LIMITED, inForce: true });
    expect(inTable(app, "/")?.settings).toEqual(LIMITED);
    expect(await app.instances()).toEqual(before);
  });

  it("of a path make a route of its own, with the app's upstreams, below what holds above it", async () => {
    const app = await platform.app();
    await app.deploy();
    await put(app, LIMITED);
    await put(app, { stickyCookie: "at" }, "/admin");
    const [whole, admin] = [inTable(app, "/"), inTable(app, "/admin")];
    expect(admin?.settings).toEqual({ ...LIMITED, stickyCookie: "at" });
    expect(admin?.upstreams).toEqual(whole?.upstreams);
    expect((await app.admin.call(settings, { parameters: app.target, signal })).items).toEqual([
      expect.objectContaining({ path: "/", settings: LIMITED }),
      expect.objectContaining({ path: "/admin", settings: { stickyCookie: "at" } }),
    ]);
  });

  it("wait for the first deployment where there is none, and last through every other one", async () => {
    const app = await platform.app();
    expect(await put(app, LIMITED)).toMatchObject({ inForce: false });
    await app.deploy();
    expect(inTable(app, "/")?.settings).toEqual(LIMITED);
    await app.deploy();
    expect(inTable(app, "/")?.settings).toEqual(LIMITED);
    await platform.orchestrator.restart();
    await until("it is there again", () => inTable(app, "/")?.settings);
  });

  it("are the same set twice, and gone when unset", async () => {
    const app = await platform.app();
    await app.deploy();
    await put(app, LIMITED, "/api");
    await put(app, LIMITED, "/api");
    const call = { parameters: app.target, query: { path: "/api" }, signal };
    await app.admin.call(unset, call);
    expect(inTable(app, "/api")).toBeUndefined();
    expect(inTable(app, "/")?.settings).toBeUndefined();
    await expect(app.admin.call(unset, call)).rejects.toThrow(/no settings of its own/);
  });

  it("refuse a policy that does not parse with its line, its column and a caret", async () => {
    const app = await platform.app();
    const policy = 'deny if path("/x");\nallow if role($org "admin")';
    const refused = await put(app, {
      authorization: { kind: "biscuit", policy, identity: "token", staleAfterSeconds: 300 },
    }).catch((cause: unknown) => cause);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused instanceof ApiError ? refused.problem : undefined).toMatchObject({
      status: 400,
      code: "invalid-request",
      errors: [
        {
          path: "body.authorization.policy",
          line: 2,
          column: 20,
          excerpt: 'allow if role($org "admin")\n                   ^',
        },
      ],
    });
  });

  it("refuse client authorities that no client can be judged by, and what was set before stays", async () => {
    const app = await platform.app();
    await app.deploy();
    const [authority, ended] = await Promise.all([
      issueAuthority("staff.test", new Date()),
      issueAuthority("staff.test", new Date("2001-01-01T00:00:00Z")),
    ]);
    const leaf = await issueLeaf(authority, ["robot.staff.test"], new Date());
    const given = `subject=staff\n${authority.chain}`;
    const taken = await put(app, { clientAuthorities: given });
    expect(taken).toMatchObject({ inForce: true });
    for (const [clientAuthorities, why] of [
      ["hello", /no certificate in PEM/],
      [authority.chain + authority.key, /private key/],
      [leaf.chain, /is not an authority's certificate/],
      [ended.chain, /expired at 201/],
    ] as const)
      await expect(put(app, { clientAuthorities })).rejects.toThrow(why);
    expect(inTable(app, "/")?.settings).toEqual({ clientAuthorities: authority.chain });
  });

  it("may be changed beside client authorities that have ended meanwhile", async () => {
    const app = await platform.app();
    await app.deploy();
    const authority = await issueAuthority("staff.test", new Date());
    const ended = await issueAuthority("staff.test", new Date("2001-01-01T00:00:00Z"));
    await put(app, { clientAuthorities: authority.chain });
    await platform.query("update route_settings set settings = $1 where settings = $2", [
      { clientAuthorities: ended.chain },
      { clientAuthorities: authority.chain },
    ]);
    const changed = { clientAuthorities: ended.chain, ...LIMITED };
    expect(await put(app, changed)).toMatchObject({ settings: changed, inForce: true });
  });

  it.each([
    [{ requestHeaders: { remove: [], set: { "X-Forwarded-For": "1" } } }, /lower-case/],
    [{ requestHeaders: { remove: [], set: { x_forwarded_for: "1" } } }, /only the gateway sets it/],
    [{ responseHeaders: { remove: ["content-length"], set: {} } }, /frames the message/],
    [{ responseHeaders: { remove: [], set: { "x-a": "a\r\nset-cookie: b" } } }, /no line break/],
    [{ redirect: { status: 301, to: "//evil.test{path}" } }, /a redirect leads to/],
    [{ redirect: { status: 301, to: "https://{path}" } }, /a redirect leads to/],
    [{ redirect: { status: 301, to: "https://a.test/\r\nx: y" } }, /a redirect leads to/],
  ])("refuse what no gateway may do: %j", async (body, reason) => {
    const app = await platform.app();
    // Sent as a stranger would, past the client's types.
    const response = await fetch(
      `${platform.orchestrator.url}/v1/organisations/main/projects/main/apps/${app.name}/environments/production/routes/settings`,
      {
        method: "PUT",
        headers: {
          authorization: `Bearer ${platform.orchestrator.tokens.admin}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(body),
        signal,
      },
    );
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(reason)]);
  });

  it.each(["admin", "/admin/", "/a//b", "/a/../b", "/%61", "/a?b", "/a b"])(
    "refuse the path %s, which has another form",
    async (path) => {
      const app = await platform.app();
      await expect(put(app, LIMITED, path)).rejects.toThrow(/a route's path/);
    },
  );

  it("are for those who may configure, and to be seen by those who may view", async () => {
    const app = await platform.app();
    const { tokens } = platform.orchestrator;
    const viewer = platform.orchestrator.client(tokens.member("main", "viewer"));
    const call = { parameters: app.target, query: {}, signal };
    await expect(viewer.call(set, { ...call, body: LIMITED })).rejects.toThrow(/allow/);
    await expect(viewer.call(unset, call)).rejects.toThrow(/allow/);
    await expect(viewer.call(settings, { parameters: app.target, signal })).resolves.toBeDefined();
    const developer = platform.orchestrator.client(tokens.member("main", "developer"));
    await expect(developer.call(set, { ...call, body: LIMITED })).resolves.toBeDefined();
  });
});
