import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Check } from "../src/doctor/check.ts";
import { anyFreePort } from "../src/machine/port-owner.ts";
import { readPidFile } from "../src/machine/pid-file.ts";
import { isRoot } from "../src/machine/user.ts";
import { isAlive, type ProcessIdentity, signalProcess } from "../src/machine/process-identity.ts";

const installation = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
const directory = mkdtempSync("/tmp/bastide-up-");
chmodSync(directory, 0o755);
const home = join(directory, "home");
const main = join(installation, "apps/cli/dist/main.js");
const environment = {
  PATH: process.env["PATH"] ?? "",
  BASTIDE_HOME: home,
  XDG_CONFIG_HOME: join(directory, "config"),
};
/** How long `up` waits for a gateway that should come. */
const GATEWAY_WAIT_MS = 60_000;
let port = 0;
let first: Ran;

interface NodeWithFacts {
  readonly name: string;
  readonly facts: { isolation: { namespaces: string[]; missing: string[] } };
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bastide(...words: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: directory,
    encoding: "utf8",
    env: environment,
    timeout: 110_000,
  });
  return { code: status, out: stdout, err: stderr };
}

function get(host: string): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      { host: "127.0.0.1", port, headers: { host: `${host}:${port}` }, agent: false },
      (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => void (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    outgoing.on("error", () => resolve(undefined));
    outgoing.end();
  });
}

const processOf = (name: string): ProcessIdentity => {
  const found = readPidFile(join(home, `run/${name}.pid`));
  if (found === undefined) throw new Error(`${name} does not run`);
  return found;
};

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const answers = async () => (await get("bastide.localhost"))?.status === 200;

beforeAll(async () => {
  port = await anyFreePort();
  first = bastide("up", "--detach", "--json", "--port", String(port));
});

afterAll(() => {
  bastide("down");
  rmSync(directory, { recursive: true, force: true });
});

it("is healthy when up --detach returns", async () => {
  expect(first).toMatchObject({ code: 0, err: expect.stringContaining("probe app") });
  expect(JSON.parse(first.out)).toMatchObject({
    healthy: true,
    url: `http://bastide.localhost:${port}`,
  });
  const status = bastide("status", "--json");
  expect(JSON.parse(status.out)).toMatchObject({ healthy: true, supervisor: { phase: "running" } });
  expect(status.code).toBe(0);
  expect(await answers()).toBe(true);
});

it("keeps keys and tokens from everybody else", () => {
  for (const file of [
    "admin.token",
    "keys/root.key",
    "keys/secrets.key",
    "keys/database.password",
    "agent/node.token",
  ])
    expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, "keys")).mode & 0o777).toBe(0o700);
});

it("shows by doctor what isolation apps get here, and each thing that is missing in the node's own words", () => {
  const { nodes }: { nodes: [NodeWithFacts] } = JSON.parse(bastide("status", "--json").out);
  const [{ name, facts }] = nodes;
  const { namespaces, missing } = facts.isolation;
  // An ordinary user can never give each app a user of its own; as root the agent refuses less.
  expect(missing.some((one) => one.startsWith("Runs share the agent's user: "))).toBe(!isRoot());
  const { checks }: { checks: Check[] } = JSON.parse(bastide("doctor", "--json").out);
  const node = checks.find((check) => check.name === `node ${name}`);
  expect(node?.fact).toContain(`namespaces ${namespaces.join(" ")}; memory by`);
  expect(node?.state).toBe(missing.length === 0 ? "well" : "warning");
  expect(node?.missing ?? []).toEqual(missing);
  const { out } = bastide("doctor");
  for (const sentence of missing) expect(out).toContain(` - ${sentence}\n`);
});

it("refuses a second up in the same home, naming the process; --detach takes it for done", () => {
  const { pid } = processOf("up");
  const second = bastide("up");
  expect(second).toMatchObject({
    code: 6,
    err: expect.stringContaining(`process ${pid} supervises`),
  });
  const detached = bastide("up", "--detach", "--json");
  expect(detached.code).toBe(0);
  expect(JSON.parse(detached.out)).toMatchObject({ alreadyRunning: true, healthy: true, pid });
});

it("starts a killed orchestrator and a killed agent again, and the gateway answers on", async () => {
  for (const name of ["orchestrator", "agent"]) {
    const before = processOf(name);
    signalProcess(before, "SIGKILL");
    await until(`a new ${name}`, () => {
      const now = readPidFile(join(home, `run/${name}.pid`));
      return now !== undefined && now.pid !== before.pid;
    });
  }
  await until("the platform answers", answers);
  expect(readFileSync(join(home, "run/up.log"), "utf8")).toMatch(/orchestrator ended \(killed by/);
});

it("takes over from a killed supervisor without touching what runs", async () => {
  const supervisor = processOf("up");
  const [postgres] = readFileSync(join(home, "postgres/postmaster.pid"), "utf8").split("\n");
  signalProcess(supervisor, "SIGKILL");
  await until("the supervisor is gone", () => !isAlive(supervisor));
  expect(await answers()).toBe(true);
  const again = bastide("up", "--detach", "--json");
  expect(again.err).toContain("whose supervisor is gone");
  expect(again.code).toBe(0);
  expect(readFileSync(join(home, "postgres/postmaster.pid"), "utf8").split("\n")[0]).toBe(postgres);
});

it("stops everything by down, and starts again with what it had", async () => {
  const identities = ["up", "orchestrator", "agent"].map(processOf);
  expect(bastide("down").code).toBe(0);
  expect(identities.filter(isAlive)).toEqual([]);
  expect(await get("bastide.localhost")).toBeUndefined();
  expect(spawnSync("pgrep", ["-f", home], { encoding: "utf8" }).stdout).toBe("");
  expect(bastide("status").code).toBe(3);
  expect(bastide("up", "--detach").code).toBe(0);
});

it("comes up without the gateway that an operator stopped, says how to start it, and is healthy once it is", async () => {
  expect(bastide("ha", "stop", "gateway").code).toBe(0);
  await until("the gateway is gone", async () => (await get("bastide.localhost")) === undefined);
  expect(bastide("down").code).toBe(0);
  const up = bastide("up", "--detach", "--json");
  const { tookMs, ...said } = JSON.parse(up.out);
  expect([up.code, said]).toEqual([8, expect.objectContaining({ healthy: false })]);
  expect(tookMs).toBeLessThan(GATEWAY_WAIT_MS);
  expect(up.err).toContain("`bastide ha start gateway`");
  expect(bastide("status").code).toBe(8);
  expect(bastide("ha", "start", "gateway").code).toBe(0);
  await until("the platform is healthy", () => bastide("status").code === 0);
  expect(await answers()).toBe(true);
});

it("stops by down what a killed supervisor and a killed agent left, instances included", async () => {
  for (const name of ["up", "agent"]) {
    const process = processOf(name);
    signalProcess(process, "SIGKILL");
    await until(`${name} is gone`, () => !isAlive(process));
  }
  expect(await answers()).toBe(true);
  expect(bastide("down")).toMatchObject({
    code: 0,
    err: expect.stringContaining("agent and apps"),
  });
  expect(await get("bastide.localhost")).toBeUndefined();
  expect(spawnSync("pgrep", ["-f", home], { encoding: "utf8" }).stdout).toBe("");
});

it("stops everything on Ctrl-C, with exit code 0 once it was up", async () => {
  const up = spawn(process.execPath, [main, "up"], {
    cwd: directory,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  up.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  const ended = new Promise((resolve) => up.once("exit", resolve));
  await until("up is healthy", () => out.includes("Bastide is up"));
  up.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(spawnSync("pgrep", ["-f", home], { encoding: "utf8" }).stdout).toBe("");
});
