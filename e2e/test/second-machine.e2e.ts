import { chmod, glob, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instance, Node } from "@bastide/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Followed, freePort, Guide, INSTALLATION, Platform, until } from "../src/index.ts";

let platform: Platform;
let directory: string;
let addresses: ReadonlyMap<string, string>;
/** What docs/many-nodes.md tells to type. */
let guide: Guide;
let serving: Followed | undefined;
beforeAll(async () => {
  platform = await Platform.start();
  await platform.down();
  directory = await mkdtemp(join(tmpdir(), "bastide-second-"));
  await chmod(directory, 0o711);
  // The guide's addresses are for documentation (RFC 5737): here both machines are this one.
  addresses = new Map([
    ["192.0.2.1:7443", `127.0.0.1:${await freePort()}`],
    ["192.0.2.7:7443", `127.0.0.9:${await freePort()}`],
  ]);
  guide = new Guide("docs/many-nodes.md", {
    home: platform.home,
    directory,
    replace: addresses,
    environment: { BASTIDE_NODE_HOME: join(directory, "node") },
  });
});
afterAll(async () => {
  await stopServing();
  await platform.destroy();
  await rm(directory, { recursive: true, force: true });
});

async function stopServing(): Promise<void> {
  await serving?.[Symbol.asyncDispose]();
  serving = undefined;
}

it("what the guide tells to type adds a second machine, literally", async () => {
  await guide.type("control-plane");
  const [joining = "", serve = ""] = guide.lines("new-machine");
  await guide.run(joining);
  serving = guide.follow(serve);
  const [list = "", show = ""] = guide.lines("look");
  await until("it is listed as ready", async () => /server-2 +ready/.test(await guide.run(list)));
  expect(await guide.run(show)).toMatch(/node +server-2/);
});

it("an app runs on it and is reached through the first machine, and a token that was used is refused", async () => {
  await platform.cli(["deploy", join(INSTALLATION, "examples/node-http"), "--app", "shop"]);
  await platform.cli(["scale", "--app", "shop", "web=2"]);
  expect((await platform.cli(["ps", "--app", "shop"])).stdout).toContain("server-2");
  for (let i = 0; i < 10; i++) expect((await platform.fetch("shop")).status).toBe(200);
  const again = await platform.cli(
    [
      "node",
      "join",
      `https://${addresses.get("192.0.2.1:7443")}`,
      "--token-file",
      join(directory, "join.token"),
      "--name",
      "server-3",
    ],
    { environment: { BASTIDE_NODE_HOME: join(directory, "another") } },
  );
  expect(again.code).not.toBe(0);
  expect(again.stderr).toMatch(/was used already, by "server-2"/);
});

it("another machine is refused the name of one that is there, which serves on", async () => {
  const before = (await instances()).find(({ node }) => node === "server-2");
  const another = join(directory, "namesake");
  const token = join(directory, "namesake.token");
  await guide.run(`bastide node join-token > ${token}`);
  const url = `https://${addresses.get("192.0.2.1:7443")}`;
  const refused = await platform.cli(
    ["node", "join", url, "--token-file", token, "--name", "server-2"],
    { environment: { BASTIDE_NODE_HOME: another } },
  );
  const refusedAtMs = Date.now();
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/there is a node "server-2" already/);
  // What renews its identity is still the first one's key, and what it ran runs on.
  expect(await readdir(another).catch(() => [])).not.toContain("identity.json");
  await until("it is heard of after that", async () => {
    const { nodes } = await platform.json<{ nodes: Node[] }>(["node", "ls"]);
    const seen = nodes.find(({ name }) => name === "server-2");
    return seen?.liveness === "alive" && Date.parse(seen.lastSeenAt ?? "") > refusedAtMs;
  });
  const after = (await instances()).find(({ node }) => node === "server-2");
  expect(after?.observed).toMatchObject({ phase: "ready", pid: before?.observed?.pid });
  for (let i = 0; i < 10; i++) expect((await platform.fetch("shop")).status).toBe(200);
});

/** The sandboxes of all that the second machine runs: an app's instance, and a gateway. With its first process each ends. */
async function runningThere(): Promise<number[]> {
  const pids: number[] = [];
  for await (const file of glob(join(directory, "node/**/instances/*/state/status.jsonl")))
    pids.push(Number(/"child-pid": (\d+)/.exec(await readFile(file, "utf8"))?.[1]));
  return pids;
}

const instances = async (): Promise<readonly Instance[]> => {
  const shown = await platform.json<{ instances: Instance[] }>(["ps", "--app", "shop"]);
  return shown.instances;
};

it("a machine that lost its directory joins again by a token of its name, and gets what it ran", async () => {
  const own = (await instances()).find(({ node }) => node !== "server-2");
  // So that nothing but that machine can run it.
  await platform.cli(["node", "cordon", own?.node ?? ""]);
  const lost = (await instances()).find(({ node }) => node === "server-2");
  await stopServing();
  const running = await runningThere();
  expect(running).toHaveLength(2);
  for (const pid of running) process.kill(pid, "SIGKILL");
  await rm(join(directory, "node"), { recursive: true });
  const [joining = "", serve = ""] = guide.lines("new-machine");
  await guide.type("rebuild");
  await guide.run(joining);
  serving = guide.follow(serve);
  await until("the same instance is ready there again", async () => {
    const again = (await instances()).find(({ id }) => id === lost?.id);
    return (
      again?.observed?.phase === "ready" &&
      again.nodeLiveness === undefined &&
      again.observed.pid !== lost?.observed?.pid
    );
  });
  for (let i = 0; i < 10; i++) expect((await platform.fetch("shop")).status).toBe(200);
});

it("a machine whose token has ended while it was off is a node again by its key", async () => {
  await stopServing();
  const file = join(directory, "node/identity.json");
  const before = JSON.parse(await readFile(file, "utf8"));
  const long = { issuedAt: "2020-01-01T00:00:00.000Z", expiresAt: "2020-01-08T00:00:00.000Z" };
  await writeFile(file, JSON.stringify({ ...before, ...long, token: "ended" }), { mode: 0o600 });
  const [, serve = ""] = guide.lines("new-machine");
  serving = guide.follow(serve);
  await until("it has a new token", async () => {
    const now = JSON.parse(await readFile(file, "utf8"));
    return now.token !== "ended" && Date.parse(now.expiresAt) > Date.now();
  });
  const [list = ""] = guide.lines("look");
  await until("it is heard of", async () => /server-2 +ready/.test(await guide.run(list)));
  expect((await instances()).map(({ node }) => node)).toContain("server-2");
});

it("a machine that goes is drained and removed", async () => {
  const own = (await instances()).find(({ node }) => node !== "server-2");
  await platform.cli(["node", "uncordon", own?.node ?? ""]);
  expect((await platform.cli(["node", "drain", "server-2"])).code).toBe(0);
  expect((await platform.cli(["node", "remove", "server-2"])).code).toBe(0);
  expect((await platform.cli(["node", "ls"])).stdout).not.toContain("server-2");
});
