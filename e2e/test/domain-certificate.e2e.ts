import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import type { Domain } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Authority, type Pair } from "../../tools/testing/authority.ts";
import { until } from "../src/index.ts";
import { copyOf, platform } from "./here.ts";

const APP = "e2e-own-certificate";
const DOMAIN = "own.bastide-e2e.example.com";
const DAY_MS = 86_400_000;

let directory: string;
let authority: Authority;
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-certificates-"));
  authority = await Authority.make("Acme root");
  await using source = await copyOf("static-site");
  await platform().json(["deploy", source.path, "--app", APP]);
  await platform().json(["domain", "add", DOMAIN, "--app", APP]);
});
afterAll(async () => {
  await platform().cli(["destroy", "--app", APP, "--yes"]);
  await rm(directory, { recursive: true });
});

const serverPair = (host = DOMAIN, life = {}): Promise<Pair> =>
  authority.pair(`CN=${host}`, [host], life);

async function fileOf(text: string): Promise<string> {
  const path = join(directory, `${(files += 1)}.pem`);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** `bastide domain certificate` with these texts as files. */
async function give(chain: string, key: string): Promise<{ code: number; said: string }> {
  const words = ["--cert", await fileOf(chain), "--key", await fileOf(key), "--app", APP];
  const { code, stdout, stderr } = await platform().cli([
    "domain",
    "certificate",
    DOMAIN,
    ...words,
  ]);
  return { code, said: stdout + stderr };
}

/** The serial number of what the gateway shows to whoever trusts our authority alone. */
async function shown(): Promise<string | undefined> {
  const port = platform().httpsPort ?? 0;
  const socket = connect({ host: "127.0.0.1", port, servername: DOMAIN, ca: authority.pem });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().serialNumber;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

it("refuses a certificate of one's own whole where clients would not take it, with the fact and the fix, and the old one is shown", async () => {
  const good = await serverPair();
  expect(await give(good.chain + "\n" + authority.pem, good.key)).toMatchObject({
    code: 0,
    said: expect.stringContaining(`${DOMAIN} shows your certificate until`),
  });
  const serial = await until("it is shown", shown);
  const other = await serverPair("other.bastide-e2e.example.com");
  const ended = { notBefore: new Date(0), notAfter: new Date(Date.now() - DAY_MS) };
  const old = await serverPair(DOMAIN, ended);
  const next = await serverPair();
  const bad: [what: string, chain: string, key: string, why: RegExp][] = [
    ["another's key", next.chain, other.key, /key is not that of the certificate .*; give the one/],
    ["no key", next.chain, next.chain, /no private key in PEM; give the one/],
    ["another name", other.chain, other.key, new RegExp(`not good for ${DOMAIN}, but for .*give`)],
    ["one that has ended", old.chain, old.key, /expired at .*; give one that is valid now/],
    [
      "a chain in the wrong order",
      `${authority.pem}\n${next.chain}`,
      next.key,
      /wrong order: the domain's certificate \(CN=.*\) comes first, then each one's issuer/,
    ],
    ["no certificate", "hello", next.key, /no certificate in PEM.*openssl x509/],
  ];
  for (const [what, chain, key, why] of bad) {
    const { code, said } = await give(chain, key);
    expect([what, code === 0, said]).toEqual([what, false, expect.stringMatching(why)]);
    expect(said).not.toContain(key.split("\n")[1]);
    expect([what, await shown()]).toEqual([what, serial]);
  }
  const { domains } = await platform().json<{ domains: Domain[] }>([
    "domain",
    "list",
    "--app",
    APP,
  ]);
  expect(domains).toMatchObject([{ certificate: { source: "uploaded", state: "issued" } }]);
  expect((await give(next.chain, next.key)).code).toBe(0);
  await until("the next one is shown", async () => ![undefined, serial].includes(await shown()));
});

it("is of no use by halves: a certificate needs its key, and a file has to be there", async () => {
  const certificate = ["domain", "certificate", DOMAIN, "--app", APP];
  const { chain } = await serverPair();
  const cert = await fileOf(chain);
  const cases: [words: string[], why: RegExp][] = [
    [["--cert", cert], /of no use without its private key: --key/],
    [["--key", cert], /a certificate is needed: --cert/],
    [["--cert", cert, "--key", join(directory, "none.pem")], /none\.pem cannot be read/],
    [["--remove", "--cert", cert], /--remove takes neither --cert nor --key/],
  ];
  for (const [words, why] of cases) {
    const { code, stderr } = await platform().cli([...certificate, ...words]);
    expect([words, code, stderr]).toEqual([words, 2, expect.stringMatching(why)]);
  }
});
