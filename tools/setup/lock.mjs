import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SetupFailure } from "./failure.mjs";
import { say } from "./phase.mjs";

const WAIT_MS = 15 * 60_000;

/** One set-up at a time per clone: a second one waits for the first and then finds everything current. */
export async function holdLock(root) {
  const directory = join(root, ".nx");
  const file = join(directory, "setup.lock");
  const own = `${file}.${process.pid}`;
  write(directory, own);
  const deadline = Date.now() + WAIT_MS;
  let waited = false;
  while (!tryLink(own, file)) {
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
    else if (Date.now() > deadline) throw stuck(holder, file);
    else if (!waited)
      say(`… another set-up (process ${holder?.pid ?? "?"}) runs: waiting for it\n`);
    waited = true;
    await delay(200);
  }
  rmSync(own, { force: true });
  return () => rmSync(file, { force: true });
}

function write(directory, file) {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTicks: startTicks(process.pid) }));
  } catch (cause) {
    throw new SetupFailure(
      `${directory} cannot be written (${cause.code}), so this clone cannot be set up by this user.`,
      cause.code === "ENOSPC"
        ? "free some disk space, then run this again"
        : "run it as the clone's owner, or clone it as yourself",
    );
  }
}

/** A hard link appears with its content or not at all. */
function tryLink(own, file) {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const isAlive = ({ pid, startTicks: ticks }) => ticks !== undefined && startTicks(pid) === ticks;

/** Clock ticks after boot at which a process started (proc(5), field 22): with the pid, never used again. */
function startTicks(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function stuck(holder, file) {
  return new SetupFailure(
    `Another set-up (process ${holder?.pid ?? "unknown"}) has held ${file} for ${WAIT_MS / 60_000} minutes.`,
    "see what that process does; end it, then run this again",
  );
}
