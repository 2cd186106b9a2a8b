import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const MOST_BYTES = 16_384;

/** The last lines of a log file, without reading all of it; none when there is no such file. */
export function lastLines(file: string, count: number, fromByte = 0): string[] {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return [];
  }
  try {
    const end = fstatSync(fd).size;
    const start = Math.max(Math.min(fromByte, end), end - MOST_BYTES);
    const buffer = Buffer.alloc(end - start);
    readSync(fd, buffer, 0, buffer.length, start);
    return buffer.toString("utf8").split("\n").filter(Boolean).slice(-count);
  } finally {
    closeSync(fd);
  }
}
