import { type ApiClient, ApiError, endpoints, Problem, type ProblemCode } from "@bastide/contracts";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

const signal = AbortSignal.timeout(60_000);
const main = { organisation: "main", project: "main" };

let orchestrator: TestOrchestrator;
let admin: ApiClient;
beforeAll(async () => {
  orchestrator = await startOrchestrator();
  admin = orchestrator.client(orchestrator.tokens.admin);
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

async function problemOf(call: Promise<unknown>): Promise<ApiError["problem"]> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error.problem;
  throw new Error("the call did not fail with a problem", { cause: error });
}

const codeOf = async (call: Promise<unknown>): Promise<ProblemCode> => (await problemOf(call)).code;

/** A project of its own, so that no test sees another's. */
async function newProject(): Promise<{ organisation: string; project: string }> {
  const project = `p${randomUUID().slice(0, 8)}`;
  const parameters = { organisation: "main" };
  await admin.call(endpoints.projects.create, { parameters, body: { name: project }, signal });
  return { organisation: "main", project };
}

async function newApp() {
  const app = `a${randomUUID().slice(0, 8)}`;
  const parameters = { ...(await newProject()), app };
  await admin.call(endpoints.apps.put, { parameters, signal });
  return parameters;
}

describe("a new platform", () => {
  it("has the organisation main with the project main and its production environment", async () => {
    const organisations = await admin.call(endpoints.organisations.list, { signal });
    expect(organisations.items.map(({ name }) => name)).toContain("main");
    const environments = await admin.call(endpoints.environments.list, {
      parameters: main,
      signal,
    });
    expect(environments.items.map(({ name }) => name)).toEqual(["production"]);
  });

  it("says who one is, and until when", async () => {
    const identity = await admin.call(endpoints.platform.whoami, { signal });
    expect(identity).toMatchObject({ user: "admin", platformAdmin: true, roles: [] });
    expect(Date.parse(identity.expiresAt ?? "")).toBeGreaterThan(Date.now());
  });

  it("shows a page without scripts, and says that it works", async () => {
    const page = await fetch(`${orchestrator.url}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain("bastide deploy");
    const health = await fetch(`${orchestrator.url}/healthz`);
    expect(await health.json()).toEqual({
      healthy: true,
      checks: [{ name: "database", healthy: true }],
    });
  });

  it("serves its OpenAPI document", async () => {
    const document = await admin.call(endpoints.platform.openapi, { signal });
    expect(document).toMatchObject({ openapi: "3.1.0" });
  });
});

describe("organisations and projects", () => {
  it("cannot be deleted while there is something in them", async () => {
    const parameters = { organisation: "acme" };
    await admin.call(endpoints.organisations.create, { body: { name: "acme" }, signal });
    const project = { ...parameters, project: "web" };
    await admin.call(endpoints.projects.create, { parameters, body: { name: "web" }, signal });
    const remove = () => admin.call(endpoints.organisations.delete, { parameters, signal });
    expect(await problemOf(remove())).toMatchObject({
      code: "conflict",
      detail: 'organisation "acme" has 1 project(s); delete them first',
    });
    await admin.call(endpoints.projects.delete, { parameters: project, signal });
    await remove();
    expect(await codeOf(remove())).toBe("not-found");
  });

  it("have names of their own", async () => {
    const body = { name: "main" };
    const parameters = { organisation: "main" };
    expect(await codeOf(admin.call(endpoints.organisations.create, { body, signal }))).toBe(
      "name-taken",
    );
    expect(await codeOf(admin.call(endpoints.projects.create, { parameters, body, signal }))).toBe(
      "name-taken",
    );
  });

  it("are listed page by page, newest first, each once", async () => {
    const names = [];
    for (let i = 0; i < 5; i++) names.unshift((await newProject()).project);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await admin.call(endpoints.projects.list, {
        parameters: { organisation: "main" },
        query: { limit: 2, ...(cursor !== undefined && { cursor }) },
        signal,
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen.slice(0, 5)).toEqual(names);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("refuse a cursor that was never given out", async () => {
    const list = admin.call(endpoints.organisations.list, {
      query: { cursor: "x' or 1=1" },
      signal,
    });
    expect(await problemOf(list)).toMatchObject({ code: "invalid-request" });
  });
});

describe("environments", () => {
  it("are created once and deleted", async () => {
    const project = await newProject();
    const body = { name: "staging" };
    const create = () =>
      admin.call(endpoints.environments.create, { parameters: project, body, signal });
    expect(await create()).toMatchObject({ name: "staging", project: project.project });
    expect(await codeOf(create())).toBe("name-taken");
    const parameters = { ...project, environment: "staging" };
    await admin.call(endpoints.environments.delete, { parameters, signal });
    expect(await codeOf(admin.call(endpoints.environments.delete, { parameters, signal }))).toBe(
      "not-found",
    );
  });
});

describe("apps", () => {
  it("are the same app however often they are put", async () => {
    const parameters = { ...(await newProject()), app: "twice" };
    const [one, two] = await Promise.all([
      admin.call(endpoints.apps.put, { parameters, signal }),
      admin.call(endpoints.apps.put, { parameters, signal }),
    ]);
    expect(one).toEqual(two);
    const listed = await admin.call(endpoints.apps.list, { parameters, signal });
    expect(listed.items).toEqual([one]);
  });

  it("have a name that no other project has, and nobody learns whose it is", async () => {
    const parameters = await newApp();
    const elsewhere = { ...(await newProject()), app: parameters.app };
    const refused = await problemOf(
      admin.call(endpoints.apps.put, { parameters: elsewhere, signal }),
    );
    expect(refused.code).toBe("name-taken");
    expect(refused.detail).toContain(`try "${parameters.app}-2"`);
    expect(refused.detail).not.toContain(parameters.project);
  });

  it.each([
    ["bastide", "reserved"],
    ["a--b", "single hyphens"],
    ["Shop", "a-z"],
    ["..", "404"],
  ])("are never named %j", async (app, why) => {
    const url = `${orchestrator.url}/v1/organisations/main/projects/main/apps/${encodeURIComponent(app)}`;
    const response = await fetch(url, {
      method: "PUT",
      headers: { authorization: `Bearer ${orchestrator.tokens.admin}` },
    });
    const body = Problem.parse(await response.json());
    expect([400, 404]).toContain(response.status);
    expect(`${response.status} ${body.detail}`).toContain(why);
  });

  it("cannot be reached through another organisation's path", async () => {
    const { app } = await newApp();
    await admin.call(endpoints.organisations.create, { body: { name: "rival" }, signal });
    const rival = { organisation: "rival", project: "main" };
    await admin.call(endpoints.projects.create, {
      parameters: rival,
      body: { name: "main" },
      signal,
    });
    const owner = orchestrator.client(orchestrator.tokens.member("rival", "owner"));
    for (const call of [
      () => owner.call(endpoints.apps.get, { parameters: { ...rival, app }, signal }),
      () => owner.call(endpoints.apps.delete, { parameters: { ...rival, app }, signal }),
      () =>
        owner.call(endpoints.sources.upload, {
          parameters: { ...rival, app },
          body: new Uint8Array(10),
          headers: { "content-type": "application/octet-stream" },
          signal,
        }),
    ])
      expect(await codeOf(call())).toBe("not-found");
  });

  it("are gone when they are deleted, and their names are free", async () => {
    const parameters = await newApp();
    await admin.call(endpoints.apps.delete, { parameters, signal });
    expect(await codeOf(admin.call(endpoints.apps.get, { parameters, signal }))).toBe("not-found");
    const elsewhere = { ...(await newProject()), app: parameters.app };
    await admin.call(endpoints.apps.put, { parameters: elsewhere, signal });
  });
});

describe("refusals", () => {
  it("explain themselves to owners of the organisation, and to nobody else", async () => {
    const owner = orchestrator.client(orchestrator.tokens.member("main", "owner"));
    const developer = orchestrator.client(orchestrator.tokens.member("main", "developer"));
    const remove = (client: ApiClient) =>
      problemOf(client.call(endpoints.organisations.delete, { parameters: main, signal }));
    expect(await remove(owner)).toMatchObject({ code: "forbidden" });
    expect((await remove(owner)).why?.length).toBeGreaterThan(0);
    expect((await remove(developer)).why).toBeUndefined();
  });

  it("name every wrong field of a request, with the request's id", async () => {
    const response = await fetch(`${orchestrator.url}/v1/organisations`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${orchestrator.tokens.admin}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ name: "X", colour: "red" }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    const body = Problem.parse(await response.json());
    expect(body.errors?.map(({ path }) => path)).toEqual(["body.name", "body"]);
    expect(body.instance).toBe(response.headers.get("x-request-id"));
  });

  it.each([
    ["a body that is no JSON", "{", 400, "invalid-request"],
    ["a body that is far too large", JSON.stringify("x".repeat(5 * 1024 * 1024)), 413, "too-large"],
    [
      "a body that would pollute prototypes",
      '{"__proto__": {"name": "x"}}',
      400,
      "invalid-request",
    ],
  ])("are problems for %s", async (_, body, status, code) => {
    const response = await fetch(`${orchestrator.url}/v1/organisations`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${orchestrator.tokens.admin}`,
        "content-type": "application/json",
      },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("are problems for paths that do not exist or cannot be read", async () => {
    for (const [path, status] of [
      ["/v1/nothing", 404],
      ["/v1/%zz", 400],
      ["/.env", 404],
    ] as const) {
      const response = await fetch(orchestrator.url + path);
      expect([path, response.status]).toEqual([path, status]);
      expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    }
  });
});

it("writes no token into its log", async () => {
  await admin.call(endpoints.platform.whoami, { signal });
  const log = orchestrator.log.join("");
  expect(log).toContain('"subject":"user:admin"');
  expect(log).not.toContain(orchestrator.tokens.admin.slice(0, 60));
});
