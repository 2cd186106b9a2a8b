import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpoints } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Authority, type Pair } from "../../tools/testing/authority.ts";
import { fetchHttp1, fetchHttp2, until } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-clients";
const DAY_MS = 86_400_000;

let directory: string;
let staff: Authority;
let target: { readonly port: number; readonly host: string; readonly ca: string };

const cli = async (...words: string[]): Promise<{ code: number; said: string }> => {
  const { code, stdout, stderr } = await platform().cli(words);
  return { code, said: stdout + stderr };
};
const set = (file: string) => cli("route", "set", APP, "--client-authorities", file);

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

/** The answers over HTTP/1.1 and HTTP/2 to a client that shows this certificate, or none. */
const answers = (client?: Pair) =>
  Promise.all(
    [fetchHttp1, fetchHttp2].map((fetch) => fetch(client ? { ...target, client } : target)),
  );
const statuses = async (client?: Pair): Promise<number[]> =>
  (await answers(client)).map(({ status }) => status);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-clients-"));
  staff = await Authority.make("Staff of Acme");
  await using site = await copyOf("static-site");
  const { code, stderr } = await platform().cli(["deploy", site.path, "--app", APP]);
  if (code !== 0) throw new Error(stderr);
  const api = await platform().api();
  const { certificate: ca } = await api.call(endpoints.platform.certificateAuthority, {
    signal: AbortSignal.timeout(10_000),
  });
  target = { port: platform().httpsPort ?? 0, host: `${APP}.localhost`, ca };
  await until("the app has a certificate", () =>
    statuses().then(
      () => true,
      () => false,
    ),
  );
});
afterAll(async () => {
  await platform().cli(["destroy", "--app", APP, "--yes"]);
  await rm(directory, { recursive: true });
});

it("lets in clients of the authorities that one line names, and takes it back by another", async () => {
  expect(await statuses()).toEqual([200, 200]);
  const robot = await staff.pair("CN=robot");
  const stranger = await (await Authority.make("Strangers")).pair("CN=robot");
  // As `cat` makes them: its key stays on this machine.
  const both = await fileOf("staff.pem", staff.pem + "\n" + robot.key);
  expect(await set(both)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/in force at every gateway\n +client certificates by CN=Staff/),
  });
  expect(await statuses(robot)).toEqual([200, 200]);
  expect(await statuses(stranger)).toEqual([403, 403]);
  for (const { status, body } of await answers())
    expect([status, body]).toEqual([403, expect.stringContaining("none was presented")]);
  expect((await platform().fetch(APP)).status).toBe(308);
  const explain = async (client: Pair) => {
    const file = await fileOf("client.pem", client.key + client.chain);
    const url = `https://${target.host}:${target.port}/`;
    return cli("gateway", "explain", "GET", url, "--client-cert", file);
  };
  expect(await explain(robot)).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^client CN=robot \(SHA-256 [\da-f]{64}\)$/m),
  });
  expect(await explain(stranger)).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^refused with 403: .*was not accepted/m),
  });
  const shown = await cli("route", "show", APP);
  expect(shown.said).toContain("client certificates by CN=Staff of Acme (until ");
  expect((await platform().cli(["route", "show", APP, "--json"])).stdout).not.toContain("PRIVATE");
  expect(await cli("route", "set", APP, "--client-authorities", "none")).toMatchObject({ code: 0 });
  expect(await statuses()).toEqual([200, 200]);
});

it("refuses authorities that are none with the fact and the fix, and those that were set stay", async () => {
  expect((await set(await fileOf("good.pem", staff.pem))).code).toBe(0);
  const robot = await staff.pair("CN=robot");
  const past = { notBefore: new Date(0), notAfter: new Date(Date.now() - DAY_MS) };
  const bad: [name: string, text: string, why: RegExp][] = [
    ["text.pem", "hello", /text\.pem holds no certificate in PEM\n.*openssl x509 -inform der/],
    ["key.pem", robot.key, /key\.pem holds no certificate in PEM/],
    ["leaf.pem", robot.chain, /CN=robot is not an authority's certificate; give that of/],
    ["old.pem", (await Authority.make("Old", past)).pem, /CN=Old expired at .*; give one/],
  ];
  for (const [name, text, why] of bad) {
    const { code, said } = await set(await fileOf(name, text));
    expect([name, code === 0, said]).toEqual([name, false, expect.stringMatching(why)]);
  }
  expect((await set(join(directory, "missing.pem"))).code).toBe(5);
  expect([await statuses(robot), await statuses()]).toEqual([
    [200, 200],
    [403, 403],
  ]);
  expect((await cli("route", "unset", APP, "client-authorities")).code).toBe(0);
  expect(await statuses()).toEqual([200, 200]);
});
