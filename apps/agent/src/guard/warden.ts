/*
 * The parent of one program that runs under a lease: it kills the program when the lease's time is over, whatever became
 * of the guard, which may be frozen, and at once when the guard is gone. Two look at the same clock, so that neither
 * alone has to be awake. It knows no network and no lease, but a time until when.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { setPriority } from "node:os";
import { BootClock } from "./boot-clock.ts";
import { LineSplitter } from "./lines.ts";
import { FIRST, stand } from "./priority.ts";
import { parseWardenOrder, type WardenOrder } from "./warden-order.ts";

const LOOK_EVERY_MS = 20;

stand(FIRST);
const clock = new BootClock();
let child: ChildProcess | undefined;
let untilMs = Number.POSITIVE_INFINITY;

function signal(name: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // All of it has ended.
  }
}

function tell(message: object): void {
  try {
    writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // The guard is gone, and reads no more.
  }
}

function end(reason: string): void {
  signal("SIGKILL");
  tell({ kind: "ended", reason });
  process.exit(0);
}

function run({ command, directory, environment }: Extract<WardenOrder, { kind: "run" }>): void {
  const [file = "", ...words] = command;
  child = spawn(file, words, {
    cwd: directory,
    env: environment,
    stdio: ["ignore", 2, 2],
    detached: true,
  });
  child.once("error", ({ message }) => end(message));
  child.once("exit", (code, name) =>
    end(name === null ? `exit code ${code}` : `killed by ${name}`),
  );
  child.once("spawn", () => {
    likeOthers(child?.pid);
    tell({ kind: "running", pid: child?.pid });
  });
}

/** A warden goes first, as its guard does; what it runs does not. */
function likeOthers(pid: number | undefined): void {
  try {
    setPriority(pid ?? 0, 0);
  } catch {
    // It has ended already.
  }
}

function obey(order: WardenOrder): void {
  switch (order.kind) {
    case "run":
      untilMs = order.untilMs ?? Number.POSITIVE_INFINITY;
      if (clock.nowMs() < untilMs) return run(order);
      return end("the lease was over before it began");
    case "until":
      untilMs = order.untilMs;
      return;
    case "stop":
      signal("SIGTERM");
      setTimeout(() => end("it did not end when asked to"), order.graceMs);
  }
}

const lines = new LineSplitter();
process.stdin.on("data", (chunk: Buffer) => {
  if (clock.nowMs() >= untilMs) end("the lease is over");
  for (const line of lines.push(chunk)) obey(parseWardenOrder(line));
});
process.stdin.once("end", () => end("the guard is gone"));
process.stdin.once("error", () => end("the guard is gone"));
setInterval(() => {
  if (clock.nowMs() >= untilMs) end("the lease is over");
}, LOOK_EVERY_MS);
