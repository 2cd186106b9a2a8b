import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BootClock } from "../src/guard/boot-clock.ts";
import { programCommand } from "../src/guard/program-command.ts";
import { ProcessResource } from "../src/guard/process-resource.ts";
import { freePort } from "../../../tools/testing/free-port.ts";
import { drillAt, INSTALLATION, silent, until } from "./guard.fixture.ts";

const clock = new BootClock();
let home: string;
let directory: string;
let resource: ProcessResource;
beforeEach(async () => {
  home = await mkdtemp("/tmp/bastide-warden-");
  // Whoever may not walk there from the root starts in it, and looks beside it.
  directory = join(home, "program");
  resource = new ProcessResource({
    service: "drill",
    spec: drillAt(await freePort()),
    directory,
    installation: INSTALLATION,
    node: "n1",
    host: "127.0.0.1",
    journal: silent,
    onChange: () => {},
  });
});
afterEach(async () => {
  resource.kill();
  resource.release();
  await until("it is gone", () => resource.state !== "starting" && resource.state !== "stopping");
  await rm(home, { recursive: true, force: true });
});

const started = (): Promise<unknown> =>
  until("it takes connections", () => resource.state === "started");

const beats = (): string[] => {
  try {
    return readFileSync(join(directory, "data/beats"), "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
};

const lastBeatMs = (): number => Number(beats().at(-1)?.split(" ")[2] ?? 0);
const pidOf = (): Promise<number> =>
  until("it beats", () => Number(beats().at(-1)?.split(" ")[0] ?? 0));
const isDead = (pid: number): boolean => {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
};

/** The process above. */
const parentOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
const isWarden = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/warden.ts");
  } catch {
    return false;
  }
};

describe("a program under a lease", () => {
  it("is dead when its time is over, though nobody asks for it", async () => {
    const untilMs = clock.nowMs() + 5_000;
    resource.start(7, untilMs);
    await started();
    const pid = await pidOf();
    await until("it ends", () => resource.state === "failed");
    expect(isDead(pid)).toBe(true);
    expect(lastBeatMs()).toBeLessThan(untilMs + 100);
    expect(lastBeatMs()).toBeGreaterThan(untilMs - 500);
  });

  it("is never begun when its time is over already", async () => {
    resource.start(7, clock.nowMs() - 1);
    await until("it ends", () => resource.state === "failed");
    expect(beats()).toEqual([]);
  });

  it("goes on while its time is prolonged", async () => {
    const untilMs = clock.nowMs() + 4_000;
    resource.start(7, untilMs);
    await started();
    resource.extend(untilMs + 60_000);
    await until("the first time is over", () => lastBeatMs() > untilMs + 300);
    expect(resource.state).toBe("started");
  });

  it("writes under the epoch that it is told, without a new start", async () => {
    resource.start(7, clock.nowMs() + 60_000);
    await started();
    const pid = await pidOf();
    resource.adopt(8);
    await until("it writes under the newer one", () => beats().at(-1)?.startsWith(`${pid} 8 `));
    expect(isDead(pid)).toBe(false);
  });

  it("is killed by its guard while its warden is frozen", async () => {
    resource.start(7, clock.nowMs() + 60_000);
    await started();
    const pid = await pidOf();
    process.kill(parentOf(pid), "SIGSTOP");
    const lateMs = clock.nowMs() + 1_000;
    resource.kill();
    await until("it is dead", () => isDead(pid));
    expect(clock.nowMs()).toBeLessThan(lateMs);
  });

  it("dies with its warden", async () => {
    resource.start(7, clock.nowMs() + 60_000);
    await started();
    const pid = await pidOf();
    process.kill(parentOf(pid), "SIGKILL");
    await until("it is dead", () => isDead(pid));
    await until("that is seen", () => resource.state !== "started");
    expect(resource.state).toBe("failed");
  });

  it("has a warden that waits for it; one that ends unasked is not started anew at once", async () => {
    const waiting = (): Promise<number> =>
      until("a warden waits", () => {
        resource.prepare();
        return childrenOf(process.pid).find(isWarden);
      });
    let killedMs = performance.now();
    for (const pauseMs of [0, 250, 500]) {
      const pid = await waiting();
      expect(performance.now() - killedMs).toBeGreaterThan(pauseMs);
      killedMs = performance.now();
      process.kill(pid, "SIGKILL");
      await until("it is gone", () => !childrenOf(process.pid).includes(pid));
    }
  });

  it("is asked to end before it is made to, and that is no failure", async () => {
    resource.start(7, clock.nowMs() + 60_000);
    await started();
    resource.stop();
    expect(resource.state).toBe("stopping");
    await until("it ends", () => resource.state !== "stopping");
    expect(resource.state).toBe("stopped");
  });
});

it("a warden whose guard is gone kills at once, and needs no time for that", async () => {
  const warden = spawn(process.execPath, [join(INSTALLATION, "apps/agent/src/guard/warden.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const order = {
    kind: "run",
    command: ["sleep", "600"],
    directory: "/",
    environment: { PATH: "/usr/bin:/bin" },
    untilMs: clock.nowMs() + 600_000,
  };
  warden.stdin.write(`${JSON.stringify(order)}\n`);
  const pid = await runningPid(warden);
  const exited = once(warden, "exit");
  warden.stdin.end();
  await exited;
  await until("it is dead", () => isDead(pid));
  expect(clock.nowMs()).toBeLessThan(order.untilMs);
});

it("a program begins below its own warden only: what another has inherited ends at once", async () => {
  const program = await mkdtemp("/tmp/bastide-warden-");
  try {
    await writeFile(join(program, "begun.mjs"), 'console.log("begun");');
    await chmod(program, 0o755);
    const settings = {
      spec: { ...drillAt(1), program: "begun.mjs" },
      directory: "/",
      installation: program,
      node: "n1",
      host: "127.0.0.1",
    };
    const saidBelow = async (warden: number): Promise<string> => {
      const { command, environment } = programCommand(settings, warden);
      const [file = "", ...words] = command;
      const child = spawn(file, words, { env: { ...environment }, stdio: ["ignore", "pipe", 2] });
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => (text += String(chunk)));
      await once(child, "close");
      return text;
    };
    expect(await saidBelow(process.pid)).toBe("begun\n");
    expect(await saidBelow(process.ppid)).toBe("");
  } finally {
    await rm(program, { recursive: true });
  }
});

async function runningPid(warden: ChildProcess): Promise<number> {
  let text = "";
  warden.stdout?.on("data", (chunk: Buffer) => (text += String(chunk)));
  return until("it runs", () => Number(/"pid":(\d+)/.exec(text)?.[1] ?? 0));
}
