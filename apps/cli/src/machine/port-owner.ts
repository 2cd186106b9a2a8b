import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { listeners } from "@bastide/runtime";

export interface PortOwner {
  readonly uid: number;
  /** Absent when the process belongs to somebody whose open files we may not see. */
  readonly pid?: number;
  readonly command?: string;
}

/** Who listens on a TCP port of this machine; undefined when nobody does. */
export function portOwner(port: number): PortOwner | undefined {
  const socket = Array.from(listeners()).find((one) => one.port === port);
  if (socket === undefined) return undefined;
  const pid = processWithSocket(socket.inode);
  return pid === undefined
    ? { uid: socket.uid }
    : { uid: socket.uid, pid, command: commandOf(pid) };
}

/** One sentence that names the owner, for messages. */
export function describeOwner(owner: PortOwner): string {
  return owner.pid === undefined
    ? `a process of user ${owner.uid}`
    : `process ${owner.pid} (${owner.command ?? "?"})`;
}

/** Whether something of ours could listen there now: binding is the only sure test. */
export function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first free port at or above one; undefined when the next hundred are taken. */
export async function nextFreePort(from: number, host?: string): Promise<number | undefined> {
  for (let port = from; port < Math.min(from + 100, 65_536); port++)
    if (await isPortFree(port, host)) return port;
  return undefined;
}

/** Below those that the kernel gives to outgoing connections (ip_local_port_range): a port kept is free at the next start. */
const [FIRST_KEPT, END_OF_KEPT] = [15_000, 32_768];
const MOST_TRIES = 1_000;

/** A port of the loopback interface that nobody has, for good. */
export async function anyFreePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = randomInt(FIRST_KEPT, END_OF_KEPT);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port was found on 127.0.0.1 between ${FIRST_KEPT} and ${END_OF_KEPT}`);
}

function processWithSocket(inode: string): number | undefined {
  const link = `socket:[${inode}]`;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const owner = pids.find((pid) => openFiles(pid).includes(link));
  return owner === undefined ? undefined : Number(owner);
}

function openFiles(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** The program's name and not its arguments: these may hold what nobody should see in a message. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
