import { readFile } from "node:fs/promises";
import { isMissing } from "../disk/file-errors.ts";

/** A socket that takes connections to 127.0.0.1 on the port asked for. */
export interface Listener {
  /** The user that made it. */
  readonly uid: number;
}

/** TCP_LISTEN, as the kernel prints states (proc(5), /proc/net/tcp). */
const LISTENING = "0A";
/** 127.0.0.1, every address, and the same two as IPv6 sockets have them; words are in the byte order of x64 and arm64. */
const REACHED_BY_LOOPBACK: ReadonlySet<string> = new Set([
  "0100007F",
  "00000000",
  "0000000000000000FFFF00000100007F",
  "00000000000000000000000000000000",
]);

/** Reads a table of the form of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(table: string, port: number): Listener[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , uid] = line.trim().split(/\s+/);
    const [address = "", localPort] = local.split(":");
    const isOne = state === LISTENING && localPort === wanted && REACHED_BY_LOOPBACK.has(address);
    return isOne ? [{ uid: Number(uid) }] : [];
  });
}

/**
 * Whoever but `uid` answers on the port of the loopback address, in words; undefined when it is that user alone.
 * Instances share the host's network: a port that is free for a moment may be taken by another tenant's process, which
 * would then get the requests, and the trust, of the one that should have it.
 */
export async function strangerOn(port: number, uid: number): Promise<string | undefined> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readTable));
  const stranger = tables
    .flatMap((table) => parseListeners(table, port))
    .find((listener) => listener.uid !== uid);
  if (stranger === undefined) return undefined;
  return `port ${port} is taken by a process of user ${stranger.uid}, not of this instance's user ${uid}; what answers there is not the app`;
}

/** Every port on which a user takes connections, lowest first; from tables of the same form. */
export function portsOf(uid: number, tables: readonly string[]): readonly number[] {
  const ports = tables
    .join("\n")
    .split("\n")
    .flatMap((line) => {
      const [, local = "", , state, , , , owner] = line.trim().split(/\s+/);
      const isOurs = state === LISTENING && Number(owner) === uid;
      return isOurs ? [Number.parseInt(local.slice(local.indexOf(":") + 1), 16)] : [];
    });
  return [...new Set(ports)].toSorted((left, right) => left - right);
}

/** "; it listens on port 3000 instead", where a user's processes listen, but not where they should; else nothing. */
export async function insteadOf(port: number, uid: number): Promise<string> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readTable));
  const [first, ...more] = portsOf(uid, tables).filter((other) => other !== port);
  if (first === undefined) return "";
  return `; it listens on port${more.length > 0 ? "s" : ""} ${[first, ...more].join(", ")} instead`;
}

/** A kernel without IPv6 has no table of it. */
async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}
