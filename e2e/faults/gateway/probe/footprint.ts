import { readdir, readlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { pssBytes, treeOf } from "../../../src/index.ts";

/** What a gateway holds, all its processes together, when everything was collected that can be. */
export interface Footprint {
  /** Proportional set size. */
  readonly pssBytes: number;
  /** Of V8's heaps and what hangs on them. */
  readonly heapBytes: number;
  /** Open files, sockets and pipes. */
  readonly descriptors: number;
  /** Sessions of HTTP/2. */
  readonly sessions: number;
  /** Sockets, TLS on them, and streams of HTTP/2. */
  readonly streams: number;
  readonly requests: number;
  readonly timers: number;
}

type Heap = Omit<Footprint, "pssBytes" | "descriptors">;

/** What a gateway is started with so that `footprintOf` can ask each of its processes. */
export const probed = (directory: string): Record<string, string> => ({
  NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, "heap-probe.mjs")).href}`,
  HEAP_PROBE_DIRECTORY: directory,
});

/** Of the gateway whose first process is `pid`. */
export async function footprintOf(directory: string, pid: number): Promise<Footprint> {
  const pids = (await treeOf(pid)).map((one) => one.pid);
  const files = await Promise.all(pids.map(descriptorsOf));
  const heaps = await Promise.all(pids.map((one) => heapOf(join(directory, `heap-${one}.sock`))));
  const pss = await Promise.all(pids.map(pssBytes));
  const total = (kind: keyof Heap): number => sum(heaps.map((heap) => heap[kind]));
  return {
    pssBytes: sum(pss),
    descriptors: sum(files.map(({ length }) => length)),
    heapBytes: total("heapBytes"),
    sessions: total("sessions"),
    streams: total("streams"),
    requests: total("requests"),
    timers: total("timers"),
  };
}

/** Open sockets of some processes. */
export async function socketsOf(pids: readonly number[]): Promise<number> {
  const all = await Promise.all(pids.map(descriptorsOf));
  return all.flat().filter((link) => link.startsWith("socket:")).length;
}

/** What each descriptor of a process leads to; none of one that has ended. */
export async function descriptorsOf(pid: number): Promise<readonly string[]> {
  const all = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    all.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
  );
  return links.filter((link) => link !== "");
}

async function heapOf(socketPath: string): Promise<Heap> {
  const socket = connect(socketPath);
  return JSON.parse(await text(socket));
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
