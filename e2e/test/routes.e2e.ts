import { endpoints } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-routes";

const cli = async (...words: string[]) => {
  const { code, stdout, stderr } = await platform().cli(words);
  return { code, said: stdout + stderr };
};

describe("routes", () => {
  beforeAll(async () => {
    await using site = await copyOf("static-site");
    const { code, stderr } = await platform().cli(["deploy", site.path, "--app", APP]);
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(() => platform().cli(["destroy", "--app", APP, "--yes"]));

  it("a rate that is set holds at once, and no more once it is unset", async () => {
    expect((await platform().fetch(APP)).status).toBe(200);
    expect(await cli("route", "set", APP, "--rate", "2/h")).toMatchObject({
      code: 0,
      said: expect.stringContaining("in force at every gateway"),
    });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await platform().fetch(APP)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await cli("route", "unset", APP, "rate")).code).toBe(0);
    expect((await platform().fetch(APP)).status).toBe(200);
  });

  it("maintenance closes one path, and the others stay open", async () => {
    expect((await cli("route", "set", `${APP}/shop`, "--maintenance", "Back soon.")).code).toBe(0);
    expect((await platform().fetch(APP, "/shop")).status).toBe(503);
    expect((await platform().fetch(APP, "/")).status).toBe(200);
    expect((await cli("route", "list", "--app", APP)).said).toContain("maintenance: Back soon.");
    expect((await cli("route", "unset", `${APP}/shop`)).code).toBe(0);
  });

  it("a path that is protected is closed to strangers, and a policy that does not parse is shown with a caret", async () => {
    const wrong = await cli(
      "route",
      "protect",
      `${APP}/admin`,
      "--policy",
      'allow if role($org "x")',
    );
    expect(wrong.code).not.toBe(0);
    expect(wrong.said).toMatch(/line 1, column 20/);
    expect(wrong.said).toMatch(/allow if role\(\$org "x"\)\n\s+\^/);
    const policy = 'allow if role($org, "admin"), resource_org($org)';
    expect((await cli("route", "protect", `${APP}/admin`, "--policy", policy)).code).toBe(0);
    expect((await platform().fetch(APP, "/admin/x")).status).not.toBe(200);
    expect((await platform().fetch(APP, "/")).status).toBe(200);
    const api = await platform().api();
    const { items } = await api.call(endpoints.routes.settings, {
      parameters: { organisation: "main", project: "main", app: APP, environment: "production" },
      signal: AbortSignal.timeout(10_000),
    });
    expect(items).toMatchObject([
      { path: "/admin", settings: { authorization: { kind: "biscuit", policy } } },
    ]);
    expect((await cli("route", "unprotect", `${APP}/admin`)).code).toBe(0);
  });
});
