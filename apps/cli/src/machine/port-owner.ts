import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

export interface PortOwner {
  readonly uid: number;
  /** Absent when the process belongs to somebody whose open files we may not see. */
  readonly pid?: number;
  readonly command?: string;
}

const LISTEN = "0A";

/** Who listens on a TCP port of this machine; undefined when nobody does. */
export function portOwner(port: number): PortOwner | undefined {
  const socket = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap(listeners)
    .find((one) => one.port === port);
  if (socket === undefined) return undefined;
  const pid = processWithSocket(socket.inode);
  return pid === undefined
    ? { uid: socket.uid }
    : { uid: socket.uid, pid, command: commandOf(pid) };
}

/** The users that listen on a TCP port, on any address; read from the kernel's tables, which everybody may do. */
export const listenerUids = (port: number): readonly number[] =>
  ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap(listeners)
    .filter((one) => one.port === port)
    .map((one) => one.uid);

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

/** A port that the kernel finds free on the loopback interface. */
export function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: "127.0.0.1" }, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Listening sockets of one of the kernel's tables (proc(5), /proc/net/tcp). */
function listeners(table: string): { port: number; uid: number; inode: string }[] {
  return read(table)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => ({
      port: Number.parseInt(fields[1]?.split(":")[1] ?? "", 16),
      uid: Number(fields[7]),
      inode: fields[9] ?? "",
    }));
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
const commandOf = (pid: number): string => read(`/proc/${pid}/comm`).trim();

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
