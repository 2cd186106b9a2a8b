import { readFileSync } from "node:fs";
import type { Person } from "./confinement.ts";

export const isRoot = (): boolean => process.getuid?.() === 0;

export const ownUser = (): Person => ({
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
});

/** A user of the machine's own list (passwd(5)); undefined when there is none of that name. */
export function findUser(name: string): Person | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((one) => one.split(":"))
    .find(([user]) => user === name);
  return line === undefined ? undefined : { uid: Number(line[2]), gid: Number(line[3]) };
}

/** The name of a user id, for PostgreSQL's peer authentication; undefined when it has none. */
export function nameOfUser(uid: number): string | undefined {
  return readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((one) => one.split(":"))
    .find((fields) => fields[2] === String(uid))?.[0];
}
