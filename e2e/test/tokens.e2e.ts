import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyOf, platform } from "./here.ts";

describe("tokens", () => {
  const withToken = (token: string) => ({
    environment: {
      BASTIDE_URL: `http://bastide.localhost:${platform().port}`,
      BASTIDE_TOKEN: token,
    },
  });

  it("narrowed offline to one app deploy that app and no other", async () => {
    const admin = (await readFile(join(platform().home, "admin.token"), "utf8")).trim();
    const narrowed = await platform().cli(
      ["token", "attenuate", "--app", "e2e-narrow", "--operation", "deploy", "--ttl", "10m"],
      { input: admin },
    );
    expect(narrowed.code).toBe(0);
    const token = narrowed.stdout.trim();
    await using source = await copyOf("node-http");
    const own = await platform().cli(
      ["deploy", source.path, "--app", "e2e-narrow"],
      withToken(token),
    );
    expect(own.stderr + own.stdout).toContain("e2e-narrow.localhost");
    expect(own.code).toBe(0);
    const other = await platform().cli(
      ["deploy", source.path, "--app", "e2e-other"],
      withToken(token),
    );
    expect(other.code).toBe(4);
    const configure = await platform().cli(
      ["env", "set", "A=1", "--app", "e2e-narrow"],
      withToken(token),
    );
    expect(configure.code).toBe(4);
  });

  it("that are none are refused", async () => {
    const answer = await platform().fetch("bastide", "/v1/whoami");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    const forged = await platform().cli(["ps", "--app", "e2e-hello"], withToken("bm90LWEtdG9rZW4"));
    expect(forged.code).toBe(4);
  });

  it("are never found in the list of processes or in the platform's logs", async () => {
    const admin = (await readFile(join(platform().home, "admin.token"), "utf8")).trim();
    const processes = spawnSync("ps", ["axww", "-o", "args"], { encoding: "utf8" });
    expect(processes.stdout).toContain("postgres");
    expect(processes.stdout).not.toContain(admin);
    const logs = spawnSync("grep", ["-rlF", admin, join(platform().home, "run")], {
      encoding: "utf8",
    });
    expect(logs.stdout).toBe("");
  });
});
