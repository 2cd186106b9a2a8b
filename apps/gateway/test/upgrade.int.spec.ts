import type { GatewayStatus } from "@bastide/contracts";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { instanceId, route } from "../src/table/route.fixture.ts";
import { command, ControlClient } from "./harness/control-client.ts";
import { ControlPlane } from "./harness/control-plane.ts";
import { gatewayHome, GatewayProcess, isRunning } from "./harness/gateway-process.ts";
import { ask } from "./harness/http-client.ts";
import { Load } from "./harness/load.ts";
import { deadPort, httpApp, RawClient, until, upgradingApp } from "./harness/sockets.ts";

const HOST = "shop.localhost";
const headers = { host: HOST };
const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const WEB_SOCKET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
const UPGRADE = { command: "upgrade" };

/** A copy of the sources that a test may change, as an installation changes. */
async function installedCopy(): Promise<{ main: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "bastide-program-"));
  const own = join(import.meta.dirname, "..");
  await cp(join(own, "src"), join(path, "src"), { recursive: true });
  await cp(join(own, "package.json"), join(path, "package.json"));
  await symlink(join(own, "../../node_modules"), join(path, "node_modules"));
  return {
    main: join(path, "src/main.ts"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

async function bench(environment: Readonly<Record<string, string>> = {}) {
  const stack = new AsyncDisposableStack();
  const home = stack.use(await gatewayHome());
  const control = stack.use(await new ControlPlane().start());
  const program = stack.use(await installedCopy());
  const port = await deadPort();
  const gateway = stack.use(
    await GatewayProcess.start(
      home.path,
      control.url,
      port,
      { BASTIDE_WORKERS: "1", ...environment },
      program.main,
    ),
  );
  const status = () => command<GatewayStatus>(home.path, { command: "status" });
  const dispose = () => stack.disposeAsync();
  return { home, control, program, port, gateway, status, [Symbol.asyncDispose]: dispose };
}

describe("the program's upgrade", () => {
  it("goes on under load without a failed request, by command and by signal", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const { pid: first } = await b.status();
    const load = new Load(b.port, HOST);
    await until("some requests", () => load.count > 50);
    const { pid: second } = await command<{ pid: number }>(b.home.path, UPGRADE);
    expect(second).not.toBe(first);
    expect((await b.status()).pid).toBe(second);
    b.gateway.child.kill("SIGUSR2");
    // The socket changes hands: a question may come to one that is leaving.
    const now = () => b.status().catch(() => ({ pid: second }));
    await until("another program", async () => (await now()).pid !== second);
    const { count } = load;
    await until("requests go on", () => load.count > count + 50);
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    await until("the first program has ended", () => !isRunning(first));
    expect(b.gateway.hasExited).toBe(false);
    await b.control.acknowledged(b.control.set(route("late.localhost", [app.port])));
    expect((await ask(b.port, "/", { headers: { host: "late.localhost" } })).body).toBe("ok");
  });

  it("runs what is on the disk by then", async () => {
    await using b = await bench();
    const { program } = await b.status();
    const file = b.program.main.replace("main.ts", "worker.ts");
    await writeFile(file, `${await readFile(file, "utf8")}\n// A later version.\n`);
    const before = await b.status();
    expect([before.program, before.programOnDisk !== program]).toEqual([program, true]);
    await command(b.home.path, UPGRADE);
    const after = await b.status();
    expect(after.program).toBe(before.programOnDisk);
  });

  it("that fails leaves the old program serving, and says why", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const { pid } = await b.status();
    const file = b.program.main.replace("main.ts", "primary.ts");
    const good = await readFile(file, "utf8");
    await writeFile(file, 'throw new Error("a broken version");');
    await expect(command(b.home.path, UPGRADE)).rejects.toThrow(
      /failed: the successor did not start/,
    );
    expect(b.gateway.errors).toContain("a broken version");
    expect((await b.status()).pid).toBe(pid);
    await b.control.acknowledged(b.control.set(route("late.localhost", [app.port])));
    expect((await ask(b.port, "/", { headers })).body).toBe("ok");
    await writeFile(file, good);
    expect((await command<{ pid: number }>(b.home.path, UPGRADE)).pid).not.toBe(pid);
  });

  it("whose successor dies after it took the table leaves the old program following it again", async () => {
    await using b = await bench();
    await using app = await httpApp((_, response) => response.end("ok"));
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    {
      using successor = await ControlClient.open(b.home.path);
      successor.socket.write('{"command":"hand-over"}\n');
      const state: { entries: [string, unknown][] } = JSON.parse(await successor.line());
      expect(state.entries.map(([key]) => key)).toEqual([`route/${HOST}/`]);
    }
    await b.control.acknowledged(b.control.set(route("late.localhost", [app.port])));
    expect((await ask(b.port, "/", { headers: { host: "late.localhost" } })).body).toBe("ok");
  });

  it("keeps what is open: an answer, an idle connection and a WebSocket, by the table of then", async () => {
    await using b = await bench();
    const asked = Promise.withResolvers<() => void>();
    await using slow = await httpApp((_, response) => asked.resolve(() => response.end("slow")));
    await using first = await upgradingApp();
    await using second = await httpApp((_, response) => response.end("second"));
    await b.control.acknowledged(
      b.control.set(route(HOST, [first.port]), route("slow.localhost", [slow.port])),
    );
    const { pid } = await b.status();
    const answer = ask(b.port, "/", { headers: { host: "slow.localhost" } });
    using idle = new RawClient(b.port, GET);
    using socket = new RawClient(b.port, WEB_SOCKET);
    await Promise.all([idle.receives("ok"), socket.receives("101")]);
    const finish = await asked.promise;
    await command(b.home.path, UPGRADE);
    await command(b.home.path, UPGRADE);
    await b.control.acknowledged(b.control.set(route(HOST, [second.port])));
    expect(b.control.reports.at(-1)).toContain(instanceId(first.port));
    idle.socket.write(GET);
    await idle.closes();
    expect(idle.received).toMatch(/ok[^]*Connection: close[^]*second/i);
    finish();
    expect((await answer).body).toBe("slow");
    socket.socket.write("still there");
    await socket.receives("still there");
    expect(isRunning(pid)).toBe(true);
    socket.socket.end();
    await until("the first program has ended", () => !isRunning(pid));
    await until("nobody is busy", () => b.control.reports.at(-1)?.length === 0);
  });

  it("ends what is left of an old program at its deadline", async () => {
    await using b = await bench({ BASTIDE_DRAIN_MS: "2000" });
    await using app = await upgradingApp();
    await b.control.acknowledged(b.control.set(route(HOST, [app.port])));
    const { pid } = await b.status();
    using socket = new RawClient(b.port, WEB_SOCKET);
    await socket.receives("101");
    await command(b.home.path, UPGRADE);
    await socket.closes();
    await until("the first program has ended", () => !isRunning(pid));
    expect(await b.gateway.kill("SIGTERM")).toBe(0);
  });
});
