import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectSecure } from "node:tls";
import { promisify } from "node:util";
import { type Biscuit, biscuit } from "@bastide/biscuit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMPILED } from "../../../tools/testing/compiled.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { ask } from "./harness/http-client.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { bearer, PlatformTokens } from "./harness/platform-tokens.ts";
import { deadPort, httpApp, RawClient, type TestServer, until } from "./harness/sockets.ts";

const MAIN = join(import.meta.dirname, "../src/alone.ts");
const GUIDE = join(import.meta.dirname, "../../../docs/gateway.md");
const HOST = "shop.example.org";

let directory: string;
let file: string;
let ports: { http: number; https: number };
let app: TestServer;
let authority: TestAuthority;
const platform = new PlatformTokens(1);

/** The guide's own example, with ports and an app of this test. */
async function writeExample(change: (text: string) => string = (text) => text): Promise<void> {
  const guide = await readFile(GUIDE, "utf8");
  const [, example = ""] =
    /```yaml\n(# gateway\.yaml, with HTTPS and tokens\n[\s\S]*?)```/.exec(guide) ?? [];
  expect(example).toContain("rootKeys");
  const here = example
    .replace(/\bport: \d+/, `port: ${ports.http}`)
    .replace(/httpsPort: \d+/, `httpsPort: ${ports.https}`)
    .replace(/stateDirectory: \S+/, `stateDirectory: ${directory}/state`)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${app.port}`);
  await writeFile(file, change(here));
}

async function writeCertificate(hosts: readonly string[] = [HOST]): Promise<void> {
  const { chain, key } = await authority.pair(`CN=${hosts[0]}`, hosts);
  await writeFile(join(directory, "tls/privkey.pem"), key, { mode: 0o600 });
  await writeFile(join(directory, "tls/fullchain.pem"), chain);
}

const writeRevoked = (...tokens: readonly Biscuit[]): Promise<void> =>
  writeFile(
    join(directory, "revoked.txt"),
    `# ids, one a line\n${tokens.map(({ revocationIds: [id] }) => `${id} # whose\n`).join("")}`,
  );

class Alone implements AsyncDisposable {
  readonly child: ChildProcess;
  output = "";

  constructor() {
    this.child = spawn(process.execPath, ["--conditions=source", MAIN, "serve", file], {
      env: { NODE_COMPILE_CACHE: COMPILED },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk) => (this.output += String(chunk)));
  }

  says(text: string): Promise<void> {
    return until(`it says ${text}`, () => this.output.includes(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGTERM");
    await once(this.child, "exit");
  }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-alone-"));
  file = join(directory, "gateway.yaml");
  ports = { http: await deadPort(), https: await deadPort() };
  app = await httpApp((request, response) => {
    if (request.url?.endsWith("/stream") === true) response.write("first\n");
    else response.end(request.headers.authorization === undefined ? "anybody" : "somebody");
  });
  authority = await TestAuthority.make("alone");
  await mkdir(join(directory, "tls"));
  await writeCertificate();
  await writeRevoked();
  await writeFile(join(directory, "root.pub"), `${platform.key.publicKey.toString()}\n`);
});
afterEach(async () => {
  await app.die();
  await rm(directory, { recursive: true });
});

const alice = () => platform.sign(biscuit`user("alice"); role("acme", "admin");`);
const client = () => new HttpsClient(ports.https, authority.pem);
const serial = async (): Promise<string> => {
  const socket = await client().handshake(HOST, { checkServerIdentity: () => undefined });
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
};
const admin = (token?: Biscuit, path = "/admin") => {
  const secure = { ca: authority.pem, servername: HOST };
  return ask(ports.https, path, {
    ...secure,
    headers: { host: HOST, ...(token && bearer(token)) },
  });
};

describe("a gateway alone, as the guide's example has it", () => {
  it("shows its certificate, moves plain HTTP there, and lets in whom the policy allows", async () => {
    await writeExample();
    await using gateway = new Alone();
    await gateway.says("listening");
    expect((await client().fetch(HOST)).body).toBe("anybody");
    const moved = await ask(ports.http, "/a", { headers: { host: HOST } });
    expect([moved.status, moved.headers.location]).toEqual([
      308,
      `https://${HOST}:${ports.https}/a`,
    ]);
    expect((await admin()).status).toBe(401);
    expect(await admin(alice())).toMatchObject({ status: 200, body: "somebody" });
    expect((await admin(platform.sign(biscuit`user("bob");`))).status).toBe(403);
    expect((await admin(new PlatformTokens(1).sign())).status).toBe(401);
  });

  it("takes another certificate when its files change, and none that does not fit its key", async () => {
    await writeExample();
    await using gateway = new Alone();
    await gateway.says("listening");
    const first = await serial();
    await writeFile(
      join(directory, "tls/fullchain.pem"),
      (await authority.pair("CN=x", [HOST])).chain,
    );
    await gateway.says("came with a key that is not its own");
    expect(gateway.output).toContain('"line":4,');
    expect(await serial()).toBe(first);
    await writeCertificate();
    await until("another one is shown", async () => (await serial()) !== first);
  });

  it("hears of a revocation within a second, cuts what is under way, and does so while the rest is broken", async () => {
    await writeExample();
    await using gateway = new Alone();
    await gateway.says("listening");
    const [one, other, third] = [alice(), alice(), alice()];
    using stream = new RawClient(
      ports.https,
      `GET /admin/stream HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer ${one.toString()}\r\n\r\n`,
      (socket) => connectSecure({ socket, ca: authority.pem, servername: HOST }),
    );
    await stream.receives("first");
    expect((await admin(one)).status).toBe(200);
    await writeRevoked(one);
    await stream.closes(2_000);
    expect((await admin(one)).status).toBe(401);
    expect((await admin(other)).status).toBe(200);
    await writeFile(file, "routes: 1\n");
    await gateway.says("what was in force stays");
    await writeRevoked(one, other);
    await until("it is refused too", async () => (await admin(other)).status === 401, 2_000);
    expect((await admin(third)).status).toBe(200);
    // An id that is none refuses the file whole: what was revoked stays revoked.
    await writeFile(join(directory, "revoked.txt"), "abc\n");
    await gateway.says("is a signature in hexadecimal");
    expect([(await admin(one)).status, (await admin(third)).status]).toEqual([401, 200]);
  });

  it("closes routes with a policy when the revocations have not been readable for their time", async () => {
    await writeExample((text) =>
      text.replace("kind: biscuit", "kind: biscuit\n        staleAfterSeconds: 10"),
    );
    await using gateway = new Alone();
    await gateway.says("listening");
    expect((await admin(alice())).status).toBe(200);
    await rm(join(directory, "revoked.txt"));
    await until("it is closed", async () => (await admin(alice())).status === 503, 20_000);
    expect((await client().fetch(HOST)).status).toBe(200);
    await writeRevoked();
    await until("it is open again", async () => (await admin(alice())).status === 200);
  });
});

describe("checking", () => {
  const check = (): Promise<string> =>
    promisify(execFile)(process.execPath, ["--conditions=source", MAIN, "check", file], {
      env: { NODE_COMPILE_CACHE: COMPILED },
    }).then(
      ({ stdout }) => stdout,
      (error: { stderr: string }) => error.stderr,
    );

  it("looks at the files that are named as well, and says at which line", async () => {
    await writeExample();
    expect(await check()).toBe(`${file} is valid: 2 routes\n`);
    await writeFile(join(directory, "root.pub"), "no key\n");
    await writeFile(join(directory, "revoked.txt"), "# fine\nxyz\n");
    await rm(join(directory, "tls/privkey.pem"));
    const lines = (await check()).trim().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/gateway\.yaml:\d+:\d+: certificates\[0\]: ENOENT.*privkey\.pem/),
      expect.stringMatching(/gateway\.yaml:\d+:\d+: tokens\.rootKeys\[0\]: is no public key/),
      expect.stringMatching(
        /gateway\.yaml:\d+:\d+: tokens\.revocations: line 2: a revocation id is/,
      ),
    ]);
  });

  it("refuses a certificate with more names than are taken, instead of showing it for some of them", async () => {
    await writeCertificate(Array.from({ length: 101 }, (_, i) => `h${i}.example.org`));
    await writeExample();
    expect(await check()).toMatch(
      /certificates\[0\]: the certificate in \S+ names 101 hosts, and 100 at most are taken; give those that are served as hosts/,
    );
  });

  it.each([
    [
      "for another name",
      async () =>
        writeFile(
          file,
          (await readFile(file, "utf8")).replace(
            "tls/privkey.pem }",
            "tls/privkey.pem, hosts: [other.test] }",
          ),
        ),
      /is listed for other\.test, but is good for DNS:shop/,
    ],
    [
      "with an encrypted key",
      () =>
        writeFile(join(directory, "tls/privkey.pem"), "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
      /privkey\.pem is encrypted/,
    ],
    [
      "that is none",
      () => writeFile(join(directory, "tls/fullchain.pem"), "x"),
      /fullchain\.pem has no certificate in PEM/,
    ],
  ])("refuses a certificate %s", async (_, spoil, why) => {
    await writeExample();
    await spoil();
    expect(await check()).toMatch(why);
  });
});
