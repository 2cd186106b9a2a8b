import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { closedParent } from "../src/machine/confinement.ts";
import {
  readPidFile,
  tryLockPidFile,
  unlockPidFile,
  writePidFile,
} from "../src/machine/pid-file.ts";
import { describeOwner, isPortFree, nextFreePort, portOwner } from "../src/machine/port-owner.ts";
import { catchesSignal, endProcess, identify, isAlive } from "../src/machine/process-identity.ts";
import { takenPort } from "../src/supervisor/gateway-port.ts";

const directory = mkdtempSync("/tmp/bastide-machine-");
const children: ChildProcess[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const server of servers.splice(0)) server.close();
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o755 });
});

async function listen(): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function sleeper(): ChildProcess {
  const child = spawn("sleep", ["60"]);
  children.push(child);
  return child;
}

const identityOf = (child: ChildProcess) => {
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error("the child is gone");
  return identity;
};

it("names the process that owns a port, and the next free one", async () => {
  const port = await listen();
  const owner = portOwner(port);
  expect(owner).toMatchObject({ pid: process.pid, uid: process.getuid?.() });
  expect(owner === undefined ? "" : describeOwner(owner)).toContain(`process ${process.pid}`);
  expect(await isPortFree(port)).toBe(false);
  expect(await takenPort(port, directory)).toMatchObject({ owner: { pid: process.pid } });
  const next = await nextFreePort(port);
  expect(next).toBeGreaterThan(port);
});

it("finds no owner of a port where nobody listens", async () => {
  const port = await listen();
  servers.splice(0).forEach((server) => server.close());
  expect(portOwner(port)).toBeUndefined();
});

it("lets one process at a time hold a lock, and takes over from a dead one", async () => {
  const file = join(directory, "up.pid");
  expect(tryLockPidFile(file)).toBeUndefined();
  expect(tryLockPidFile(file)).toBeUndefined();
  unlockPidFile(file);
  expect(existsSync(file)).toBe(false);
  const other = sleeper();
  writePidFile(file, identityOf(other));
  expect(tryLockPidFile(file)?.pid).toBe(other.pid);
  unlockPidFile(file);
  expect(existsSync(file)).toBe(true);
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(tryLockPidFile(file)).toBeUndefined();
  expect(readPidFile(file)?.pid).toBe(process.pid);
});

it.each(["", "garbage", "1 2 3\n", "999999999 1\n", `${process.pid} 1\n`])(
  "takes a lock whose file says %j for stale",
  (content) => {
    const file = join(directory, "up.pid");
    writeFileSync(file, content);
    expect(readPidFile(file)).toBeUndefined();
    expect(tryLockPidFile(file)).toBeUndefined();
  },
);

it("ends a process that ignores the request to end", async () => {
  const stubborn = spawn("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]);
  children.push(stubborn);
  await once(stubborn.stdout, "data");
  const identity = identityOf(stubborn);
  await endProcess(identity, "SIGTERM", 200);
  expect(isAlive(identity)).toBe(false);
});

it("knows whether a process listens to a signal", async () => {
  const child = spawn("sh", ["-c", "trap 'exit 0' USR2; echo ready; while :; do sleep 0.05; done"]);
  children.push(child);
  await once(child.stdout, "data");
  expect(catchesSignal(child.pid ?? 0, "SIGUSR2")).toBe(true);
  expect(catchesSignal(child.pid ?? 0, "SIGUSR1")).toBe(false);
  expect(catchesSignal(999_999_999, "SIGUSR2")).toBe(false);
});

it("takes a zombie for dead", async () => {
  // A shell might take leave of its child; once it has become a program that waits for nobody, nothing does.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
  children.push(parent);
  const [chunk] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(chunk.toString());
  await until(() => commandOf(parent.pid ?? 0) === "sleep");
  process.kill(pid, "SIGKILL");
  await until(() => readStatus(pid).includes("Z (zombie)"));
  expect(identify(pid)).toBeUndefined();
});

const readStatus = (pid: number): string => readFileSync(`/proc/${pid}/status`, "utf8");
const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, "utf8").trim();

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  expect(holds()).toBe(true);
}

it("finds the directory on the way that others may not enter", () => {
  chmodSync(directory, 0o700);
  expect(closedParent(join(directory, "a/b"))).toBe(directory);
  chmodSync(directory, 0o711);
  expect(closedParent(join(directory, "a/b"))).toBeUndefined();
  expect(execFileSync("stat", ["-c", "%a", directory], { encoding: "utf8" })).toBe("711\n");
});
