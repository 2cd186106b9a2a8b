import type { GatewayStatus } from "@bastide/contracts";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { route } from "../src/table/route.fixture.ts";
import { TestAuthority } from "./harness/certificates.ts";
import { command } from "./harness/control-client.ts";
import { ControlPlane } from "./harness/control-plane.ts";
import { gatewayHome, GatewayProcess } from "./harness/gateway-process.ts";
import { ask } from "./harness/http-client.ts";
import { Http2Client, replyOf } from "./harness/http2-client.ts";
import { HttpsClient } from "./harness/https-client.ts";
import { deadPort, httpApp, until } from "./harness/sockets.ts";

const HOST = "shop.test";

let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.make("server authority");
});

async function bench(environment: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await gatewayHome());
  const control = stack.use(await new ControlPlane().start());
  const app = stack.use(await httpApp((_, response) => response.end("ok")));
  const [port, httpsPort] = [await deadPort(), await deadPort()];
  const start = async () =>
    stack.use(
      await GatewayProcess.start(home.path, control.url, port, {
        BASTIDE_WORKERS: "2",
        BASTIDE_HTTPS_PORT: String(httpsPort),
        ...environment,
      }),
    );
  const gateway = await start();
  const certificate = await authority.certificate([HOST]);
  control.set(route(HOST, [app.port]));
  await control.acknowledged(control.certify(certificate));
  const client = new HttpsClient(httpsPort, authority.pem);
  const session = () => Http2Client.connect(httpsPort, authority.pem, { servername: HOST });
  const dispose = () => stack.disposeAsync();
  return {
    home,
    control,
    app,
    port,
    httpsPort,
    gateway,
    start,
    certificate,
    client,
    session,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Requests over new connections and new sessions until they are told to stop; what was not answered by 200. */
function load({ client, session }: Awaited<ReturnType<typeof bench>>) {
  const answers: (number | string)[] = [];
  const over = new AbortController();
  const fresh = async () => {
    using one = await session();
    return await one.ask();
  };
  const often = async (once: () => Promise<{ status: number }>) => {
    while (!over.signal.aborted) answers.push(await once().then(({ status }) => status, String));
  };
  const loops = [often(() => client.fetch(HOST)), often(fresh)];
  return {
    get count() {
      return answers.length;
    },
    async failures() {
      over.abort();
      await Promise.all(loops);
      return answers.filter((status) => status !== 200);
    },
  };
}

it("every worker has a certificate in force before it is acknowledged", async () => {
  await using b = await bench();
  const names = ["one", "two", "three"];
  for (const name of names) {
    const renewed = { ...b.certificate, ...(await authority.pair(`CN=${name}`, [HOST])) };
    await b.control.acknowledged(b.control.certify(renewed));
    const shown = await Promise.all(Array.from({ length: 8 }, () => b.client.shown(HOST)));
    expect(new Set(shown)).toEqual(new Set([name]));
  }
});

it("status says where HTTPS is, and plain HTTP is redirected there once a certificate is public", async () => {
  await using b = await bench();
  const { listeners } = await command<GatewayStatus>(b.home.path, { command: "status" });
  expect(listeners).toEqual([
    { kind: "http", host: "127.0.0.1", port: b.port },
    { kind: "https", host: "127.0.0.1", port: b.httpsPort },
  ]);
  expect((await ask(b.port, "/", { headers: { host: HOST } })).status).toBe(200);
  const bought = await authority.certificate([HOST], { source: "uploaded", name: "bought" });
  await b.control.acknowledged(b.control.certify(bought));
  const moved = await ask(b.port, "/a?b", { headers: { host: HOST } });
  expect([moved.status, moved.headers.location]).toEqual([
    308,
    `https://${HOST}:${b.httpsPort}/a?b`,
  ]);
});

it("a table with a certificate that cannot be served is refused whole, and the key is told to nobody", async () => {
  await using b = await bench();
  const other = await authority.certificate(["other.test"]);
  const wrong = { ...(await authority.certificate(["new.test"])), key: other.key };
  b.control.put([
    [`certificate/${wrong.name}`, wrong],
    ["route/new.test/", route("new.test", [b.app.port])],
  ]);
  await until("it is refused", () => b.gateway.output.includes("a key that is not its own"));
  expect((await ask(b.port, "/", { headers: { host: "new.test" } })).status).toBe(404);
  expect((await b.client.fetch(HOST)).status).toBe(200);
  const secret = (pem: string) => pem.split("\n")[1] ?? pem;
  for (const { key } of [b.certificate, wrong]) {
    expect(b.gateway.output).not.toContain(secret(key));
    expect(
      JSON.stringify(await command(b.home.path, { command: "list", what: "routes" })),
    ).not.toContain(secret(key));
  }
});

it("without a control plane goes on with what it kept, which nobody can read without its key", async () => {
  await using b = await bench();
  await b.gateway.kill("SIGTERM");
  await b.control.die();
  const kept = await readFile(join(b.home.path, "table/current"));
  expect(kept.includes("PRIVATE KEY")).toBe(false);
  expect((await stat(join(b.home.path, "table.key"))).mode & 0o777).toBe(0o600);
  await b.start();
  expect((await b.client.fetch(HOST)).status).toBe(200);
});

it("without its key it keeps nothing and says so, takes the table anew, and leaves what was kept", async () => {
  await using b = await bench();
  await b.gateway.kill("SIGTERM");
  const before = await readdir(join(b.home.path, "table"));
  await writeFile(join(b.home.path, "table.key"), "damaged");
  const again = await b.start();
  await until(
    "the table is there",
    async () => (await b.client.fetch(HOST).catch(() => undefined))?.status === 200,
  );
  expect(again.output).toContain("does not hold a key of 32 bytes");
  expect(await readdir(join(b.home.path, "table"))).toEqual(before);
});

it("workers and programs are replaced under load without a failed request over HTTPS and HTTP/2", async () => {
  await using b = await bench();
  const asking = load(b);
  await until("some requests", () => asking.count > 20);
  await command(b.home.path, { command: "replace-workers" });
  await command(b.home.path, { command: "upgrade" });
  const { count } = asking;
  await until("requests go on", () => asking.count > count + 20);
  expect(await asking.failures()).toEqual([]);
});

it("a session of a worker that is replaced is told to end, and does when its streams have ended", async () => {
  await using b = await bench({ BASTIDE_WORKERS: "1" });
  const asked = Promise.withResolvers<() => void>();
  await using slow = await httpApp((_, response) => {
    response.write("begun");
    asked.resolve(() => response.end(" and ended"));
  });
  await b.control.acknowledged(b.control.set(route(HOST, [slow.port])));
  using session = await b.session();
  let isTold = false;
  session.session.once("goaway", () => (isTold = true));
  const reply = replyOf(session.open({}, true));
  const finish = await asked.promise;
  await command(b.home.path, { command: "replace-workers" });
  await until("the client is told", () => isTold);
  finish();
  expect(String((await reply).body)).toBe("begun and ended");
  await until("the connection has ended", () => session.socket.destroyed);
});

it("a session is resumed at whichever worker its client comes to", async () => {
  await using b = await bench();
  let session: Buffer | undefined;
  const first = await b.client.handshake(HOST, { maxVersion: "TLSv1.2" });
  session = first.getSession();
  first.destroy();
  for (let i = 0; i < 8; i++) {
    const again = await b.client.handshake(HOST, { maxVersion: "TLSv1.2", session });
    expect(again.isSessionReused()).toBe(true);
    again.destroy();
  }
});
