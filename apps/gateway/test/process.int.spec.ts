import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { instanceId, route } from "../src/table/route.fixture.ts";
import { ControlPlane } from "./harness/control-plane.ts";
import { gatewayHome, GatewayProcess } from "./harness/gateway-process.ts";
import { ask } from "./harness/http-client.ts";
import { Load } from "./harness/load.ts";
import { deadPort, httpApp, until } from "./harness/sockets.ts";

const HOST = "shop.localhost";
const headers = { host: HOST };
const answering = () => httpApp((_, response) => response.end("ok"));

const onDisk = (table: string) =>
  until("the table is on disk", () =>
    readdir(table).then(
      (names) => names.includes("current"),
      () => false,
    ),
  );

describe("the gateway's process", () => {
  it("follows the control plane's table with its token, and acknowledges what is in force", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    await using app = await answering();
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    expect((await ask(port, "/", { headers })).body).toBe("ok");
    await control.acknowledged(control.set(route(HOST, [], { whenEmpty: "stopped" })));
    expect((await ask(port, "/", { headers })).status).toBe(503);
    expect(new Set(control.tokens)).toEqual(new Set(["Bearer the-token"]));
    expect(await gateway.kill("SIGTERM")).toBe(0);
    expect(gateway.errors).toBe("");
  });

  it("says which instances that left are busy, and says it again when they are not", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    const asked = Promise.withResolvers<() => void>();
    await using app = await httpApp((_, response) => asked.resolve(() => response.end("done")));
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    const slow = ask(port, "/", { headers });
    const finish = await asked.promise;
    await control.acknowledged(control.set(route(HOST, [])));
    expect(control.reports.at(-1)).toEqual([instanceId(app.port)]);
    finish();
    expect((await slow).body).toBe("done");
    await until("the next acknowledgement", () => control.reports.at(-1)?.length === 0);
    expect(gateway.hasExited).toBe(false);
  });

  it("keeps serving without a control plane, and catches up when it is back", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    await using app = await answering();
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    await control.die();
    expect((await ask(port, "/", { headers })).body).toBe("ok");
    const version = control.set(route("late.localhost", [app.port]));
    await control.start();
    await control.acknowledged(version);
    expect((await ask(port, "/", { headers: { host: "late.localhost" } })).body).toBe("ok");
    expect(gateway.output).toContain("table: disconnected");
  });

  it("refuses a delta out of order whole, serves the table before, and asks for what it missed", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    await using app = await answering();
    await using other = await httpApp((_, response) => response.end("moved"));
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    const load = new Load(port, HOST);
    control.toLose = 1;
    control.set(route(HOST, [other.port]));
    await until("a delta was lost", () => control.toLose === 0);
    const { count } = load;
    await until("requests go on", () => load.count > count + 20);
    expect((await ask(port, "/", { headers })).body).toBe("ok");
    await control.acknowledged(control.set(route("late.localhost", [app.port])));
    expect(gateway.output).toContain("a delta arrived out of order");
    expect((await ask(port, "/", { headers })).body).toBe("moved");
    expect((await ask(port, "/", { headers: { host: "late.localhost" } })).body).toBe("ok");
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
  });

  it("killed under load, serves again at once, from what it has on disk alone", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    await using app = await answering();
    const port = await deadPort();
    await using first = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    await onDisk(join(home.path, "table"));
    await control.die();
    const load = new Load(port, HOST);
    await until("some requests", () => load.count > 50);
    await first.kill();
    await using second = await GatewayProcess.start(home.path, control.url, port);
    // Health and the first request's route are there together: nobody is told that an app is unknown.
    expect((await ask(port, "/", { headers })).body).toBe("ok");
    const { count } = load;
    await until("requests go on", () => load.count > count + 20);
    const { failures } = await load.stop();
    expect(failures.filter((failure) => !/ECONN|hang up/.test(failure))).toEqual([]);
    expect(second.hasExited).toBe(false);
  });

  it("sets a corrupt table aside, says so, and starts from the one before or from none", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    await using app = await answering();
    const port = await deadPort();
    await using first = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    const table = join(home.path, "table");
    await onDisk(table);
    await first.kill();
    await control.die();
    for (const name of ["current", "previous"]) await writeFile(join(table, name), "nonsense");
    await using second = await GatewayProcess.start(home.path, control.url, port, {
      BASTIDE_WAIT_MS: "100",
    });
    const without = await ask(port, "/", { headers });
    expect([without.status, without.body]).toEqual([503, expect.stringMatching(/no routes yet/)]);
    expect(second.output).toContain("table: corrupt-file");
    expect((await readdir(table)).filter((name) => name.includes("corrupt"))).toHaveLength(2);
    await control.start();
    await control.acknowledged(control.set(route("late.localhost", [app.port])));
    expect((await ask(port, "/", { headers })).body).toBe("ok");
  });

  it("refuses a table with a broken route whole, and serves the one before", async () => {
    await using home = await gatewayHome();
    await using control = await new ControlPlane().start();
    await using app = await answering();
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, control.url, port);
    await control.acknowledged(control.set(route(HOST, [app.port])));
    control.source.apply([
      { key: `route/${HOST}/`, tombstone: true },
      { key: "route/broken/", value: { host: 1 } },
    ]);
    await until("it says so", () => gateway.output.includes("table: rejected"));
    expect((await ask(port, "/", { headers })).body).toBe("ok");
  });

  it("listens on every address it is given, and says which the machine does not have", async () => {
    await using home = await gatewayHome();
    const port = await deadPort();
    await using gateway = await GatewayProcess.start(home.path, "http://127.0.0.1:1", port, {
      BASTIDE_LISTEN: "127.0.0.1,192.0.2.1,127.0.0.2",
    });
    for (const host of ["127.0.0.1", "127.0.0.2"])
      expect((await ask(port, "/.bastide/health", { host })).status).toBe(200);
    expect(gateway.output).toMatch(/does not have this address.*192\.0\.2\.1/);
  });

  it("ends with every problem of its configuration, or the port that is taken", async () => {
    await using bare = new GatewayProcess({});
    expect(await bare.exit()).toBe(78);
    expect(bare.output).toMatch(/PORT is not set.*BASTIDE_CONTROL_URL is not set/);
    await using taken = await answering();
    await using second = new GatewayProcess({
      PORT: String(taken.port),
      BASTIDE_CONTROL_URL: "http://127.0.0.1:1",
      BASTIDE_GATEWAY: "one",
      BASTIDE_STATE_DIR: "/nonexistent",
    });
    const nobodyIsLeft = once(second.child, "close");
    expect(await second.exit()).toBe(1);
    await nobodyIsLeft;
    expect(second.errors).toBe("");
    expect(second.output).toMatch(/cannot listen on 127.0.0.1 port \d+: another program has it/);
  });
});
