import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpoints } from "@bastide/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchHttp2, Load, until } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-protected";
const POLICY = 'allow if role($org, "developer"), resource_org($org)';
/** Of each version of HTTP. */
const PER_SECOND = 50;
const REVOCATIONS = 5;
let directory: string;
let files = 0;

const cli = async (...words: string[]): Promise<{ code: number; said: string }> => {
  const { code, stdout, stderr } = await platform().cli(words);
  return { code, said: stdout + stderr };
};

/** A file with the token that a command prints. */
async function tokenOf(...words: string[]): Promise<{ text: string; file: string }> {
  const { code, stdout, stderr } = await platform().cli(words);
  if (code !== 0) throw new Error(stderr);
  const file = join(directory, `${(files += 1)}.token`);
  await writeFile(file, stdout, { mode: 0o600 });
  return { text: stdout.trim(), file };
}

/** Of a developer in an organisation. */
const of = (organisation: string) =>
  tokenOf(
    "token",
    "new",
    "--source",
    `user("alice"); role("${organisation}", "developer");`,
    "--ttl",
    "1h",
  );

const narrowed = (file: string, source: string) =>
  tokenOf("token", "attenuate", "--token-file", file, "--source", source);

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

  it("lets a narrowed token in, and refuses a wider request and a revoked token", async () => {
    expect(await get()).toBe(200);
    expect((await cli("route", "protect", APP, "--policy", POLICY)).code).toBe(0);
    expect(await get()).toBe(401);
    const [developer, foreign] = await Promise.all([of("main"), of("other")]);
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

  it("explains from the command line which route, backend and policy a request has, and why it is let in or not", async () => {
    expect((await cli("route", "protect", APP, "--policy", POLICY)).code).toBe(0);
    const url = `http://${APP}.localhost:${platform().port}/docs`;
    const explain = (file: string, ...more: string[]) =>
      cli("gateway", "explain", "GET", url, "--token-file", file, ...more);
    const [developer, foreign] = await Promise.all([of("main"), of("other")]);
    const allowed = await explain(developer.file);
    expect(allowed).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^forwarded to the app$/m),
    });
    for (const part of [
      `route ${APP}.localhost/ of main/main/${APP}/production`,
      `policy: ${POLICY}`,
      "token of user:alice",
      "Allowed.\nPolicy 0 matches: allow if",
    ])
      expect(allowed.said).toContain(part);
    expect(allowed.said).toMatch(
      /INSTANCE +ADDRESS +WEIGHT[^\n]*\n[\da-f-]{36} +[\d.]+:\d+ +\d+ +0$/m,
    );
    const refused = await explain(foreign.file);
    expect(refused).toMatchObject({ code: 1, said: expect.stringMatching(/^refused with 403: /m) });
    for (const part of [
      `route ${APP}.localhost/ of main/main/${APP}/production`,
      `policy: ${POLICY}`,
      "Refused: no policy matches.",
      '  no fact matches `resource_org("other")`',
    ])
      expect(refused.said).toContain(part);
    expect(await cli("gateway", "explain", "GET", url)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^refused with 401: /m),
    });
    const inView = await cli("gateway", "explain", "GET", url, "--token", developer.text);
    expect(inView).toMatchObject({ code: 2, said: expect.stringContaining("--token-stdin") });
    for (const { said } of [allowed, refused, inView])
      for (const { text } of [developer, foreign]) expect(said).not.toContain(text.slice(0, 40));
    expect((await cli("route", "unprotect", APP)).code).toBe(0);
  });

  it("refuses a token within a second of its revocation, at a steady rate over HTTP/1.1 and HTTP/2", async () => {
    const api = await platform().api();
    const { certificate: ca } = await api.call(endpoints.platform.certificateAuthority, {
      signal: AbortSignal.timeout(10_000),
    });
    const target = { port: platform().httpsPort ?? 0, host: `${APP}.localhost`, ca };
    await until("the app has a certificate", () =>
      fetchHttp2(target).then(
        () => true,
        () => false,
      ),
    );
    expect((await cli("route", "protect", APP, "--policy", POLICY)).code).toBe(0);
    const developer = await of("main");
    for (let round = 0; round < REVOCATIONS; round++) {
      const small = await narrowed(developer.file, `check if app("${APP}"), ${round} >= 0;`);
      const loads = (["1.1", "2"] as const).map((version) =>
        new Load({
          ...target,
          secure: { ca, version },
          headers: { authorization: `Bearer ${small.text}` },
          requestsPerSecond: PER_SECOND,
        }).start(),
      );
      const each = (what: string, status: number, count: number) =>
        until(what, () =>
          loads.every(
            ({ samples }) => samples.filter((one) => one.status === status).length >= count,
          ),
        );
      await each("it is let in", 200, 20);
      expect((await cli("token", "revoke", "--token-file", small.file)).code).toBe(0);
      const revokedAtMs = performance.now();
      // Longer than a second: one that was let in afterwards would be seen.
      await each("it is refused", 401, PER_SECOND * 1.5);
      for (const load of loads) {
        const samples = await load.stop();
        expect(new Set(samples.map(({ status }) => status))).toEqual(new Set([200, 401]));
        const letIn = samples.filter(({ status }) => status === 200);
        const last = Math.max(...letIn.map(({ startedAtMs }) => startedAtMs));
        expect(last - revokedAtMs).toBeLessThanOrEqual(1_000);
      }
    }
    expect(await get(developer)).toBe(200);
    expect((await cli("route", "unprotect", APP)).code).toBe(0);
  });
});
