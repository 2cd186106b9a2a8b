import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-protected";
const POLICY = 'allow if role($org, "developer"), resource_org($org)';
let directory: string;
let files = 0;

const cli = async (...words: string[]): Promise<{ code: number; said: string }> => {
  const { code, stdout, stderr } = await platform().cli(words);
  return { code, said: stdout + stderr };
};

/** A file with the token that a command prints. */
async function tokenOf(words: readonly string[]): Promise<{ text: string; file: string }> {
  const { code, stdout, stderr } = await platform().cli(words);
  if (code !== 0) throw new Error(stderr);
  const file = join(directory, `${(files += 1)}.token`);
  await writeFile(file, stdout, { mode: 0o600 });
  return { text: stdout.trim(), file };
}

const narrowed = (file: string, source: string) =>
  tokenOf(["token", "attenuate", "--token-file", file, "--source", source]);

async function get(token?: { text: string }, path = "/", method = "GET"): Promise<number> {
  const headers = token ? { authorization: `Bearer ${token.text}` } : {};
  return (await platform().fetch(APP, path, { method, headers })).status;
}

describe("an app that is protected by one line", () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "bastide-tokens-"));
    await using site = await copyOf("static-site");
    const { code, stderr } = await platform().cli(["deploy", site.path, "--app", APP]);
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(async () => {
    await platform().cli(["destroy", "--app", APP, "--yes"]);
    await rm(directory, { recursive: true });
  });

  it("lets a narrowed token in, and refuses a wider request and, within a second, a revoked token", async () => {
    expect(await get()).toBe(200);
    expect((await cli("route", "protect", APP, "--policy", POLICY)).code).toBe(0);
    expect(await get()).toBe(401);
    const developer = await tokenOf([
      "token",
      "new",
      "--source",
      'user("alice"); role("main", "developer");',
      "--ttl",
      "1h",
    ]);
    const foreign = await tokenOf([
      "token",
      "new",
      "--source",
      'user("eve"); role("other", "developer");',
      "--ttl",
      "1h",
    ]);
    const small = await narrowed(developer.file, `check if app("${APP}"); check if method("GET");`);
    const elsewhere = await narrowed(developer.file, 'check if app("another");');
    expect([await get(developer), await get(small)]).toEqual([200, 200]);
    expect([await get(small, "/", "POST"), await get(elsewhere), await get(foreign)]).toEqual([
      403, 403, 403,
    ]);
    expect(await cli("token", "revoke", "--token-file", small.file)).toMatchObject({
      code: 0,
      said: expect.stringContaining("in force at every gateway"),
    });
    expect([await get(small), await get(developer)]).toEqual([401, 200]);
    expect((await cli("token", "revocations")).said).toContain("user:admin");
    expect((await cli("route", "unprotect", APP)).code).toBe(0);
    expect(await get()).toBe(200);
  });
});
