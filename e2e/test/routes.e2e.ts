import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    const old = 'allow if role($org, "owner")';
    expect((await cli("route", "protect", `${APP}/admin`, "--policy", old)).code).toBe(0);
    const wrong = await cli(
      "route",
      "protect",
      `${APP}/admin`,
      "--policy",
      'allow if role($org "x")',
    );
    expect(wrong.code).toBe(2);
    expect((await cli("route", "show", `${APP}/admin`)).said).toContain(`protected: ${old}`);
    expect((await platform().fetch(APP, "/admin/x")).status).toBe(401);
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

  it("that overlap are refused whole with both named, and what was there serves", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bastide-overlap-"));
    try {
      const file = join(directory, "gateway.yaml");
      const route = "  - host: shop.test\n    path: /v1\n    upstreams: [127.0.0.1:9]\n";
      await writeFile(file, `routes:\n${route}${route.replace("/v1", "/v1/")}`);
      const checked = await cli("gateway", "check", "--config", file);
      expect(checked.code).toBe(1);
      expect(checked.said).toMatch(
        /gateway\.yaml:5:5: routes\[1\]: two routes overlap: shop\.test\/v1 .*and shop\.test\/v1 /,
      );
    } finally {
      await rm(directory, { recursive: true });
    }
    const added = await cli("gateway", "add", `${APP}.localhost`, "127.0.0.1:9");
    expect(added).toMatchObject({ code: 6, said: expect.stringContaining("control plane") });
    type Listed = { gateways: { routes: { source: string }[] }[] };
    const { gateways } = await platform().json<Listed>(["gateway", "list"]);
    const sources = gateways.flatMap(({ routes }) => routes.map(({ source }) => source));
    expect(new Set(sources)).toEqual(new Set(["stream"]));
    expect((await platform().fetch(APP)).status).toBe(200);
  });
});
