import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CliResult } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-login";

let directory: string;
/** An operator's token, narrowed to look at one app. */
let narrowed: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-login-"));
  await using site = await copyOf("static-site");
  await platform().json(["deploy", site.path, "--app", APP]);
  const words = ["token", "attenuate", "--app", APP, "--operation", "status", "--ttl", "10m"];
  narrowed = (await platform().cli(words)).stdout;
});
afterAll(async () => {
  await platform().cli(["destroy", "--app", APP, "--yes"]);
  await rm(directory, { recursive: true, force: true });
});

/** Another machine: it has no platform, and knows of none. */
const elsewhere = (words: readonly string[], input = ""): Promise<CliResult> =>
  platform().cli(words, {
    input,
    environment: {
      BASTIDE_HOME: join(directory, "no-home"),
      XDG_CONFIG_HOME: join(directory, "config"),
    },
  });

const file = (): string => join(directory, "config/bastide/login.json");
const logIn = (token: string) =>
  elsewhere(["login", `http://bastide.localhost:${platform().port}`, "--token-stdin"], token);
const ps = () => elsewhere(["ps", "--app", APP, "--json"]);

describe("a login from another machine", () => {
  it("by a token that the platform does not know writes nothing", async () => {
    expect((await ps()).code).toBe(3);
    for (const token of ["bm90LWEtdG9rZW4tYXQtYWxs", "no token", ""])
      expect(await logIn(token)).toMatchObject({ code: 4, stdout: "" });
    await expect(stat(file())).rejects.toThrow("ENOENT");
  });

  it("by a narrowed token shows the app, does no more than the token may, and is for its owner only", async () => {
    const login = await logIn(narrowed);
    expect(login).toMatchObject({ code: 0, stdout: expect.stringContaining("logged in to") });
    expect(login.stdout + login.stderr).not.toContain(narrowed.trim());
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    const shown = await ps();
    expect(shown.code).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({ instances: [{ process: "web" }] });
    expect((await elsewhere(["env", "set", "A=1", "--app", APP])).code).toBe(4);
  });

  it("that fails leaves the one before as it was", async () => {
    const before = await readFile(file(), "utf8");
    expect((await logIn("bm90LWEtdG9rZW4tYXQtYWxs")).code).toBe(4);
    expect(await readFile(file(), "utf8")).toBe(before);
  });

  it("is forgotten, and then no platform is known", async () => {
    expect((await elsewhere(["login", "--forget"])).code).toBe(0);
    await expect(stat(file())).rejects.toThrow("ENOENT");
    const after = await ps();
    expect(after.code).toBe(3);
    expect(after.stderr).toContain("bastide login <url> --token-stdin");
  });
});
