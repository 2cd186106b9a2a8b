import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { cpus, freemem, totalmem } from "node:os";
import { dirname } from "node:path";
import { Failure, messageOf } from "../command-line/failure.ts";
import { homePaths } from "../home/home.ts";
import { readHomeFile } from "../home/home-file.ts";
import { closedParent } from "../machine/confinement.ts";
import { isRoot } from "../machine/user.ts";
import { bytes } from "../output/columns.ts";
import { installedPostgres } from "../postgres/locate.ts";
import { type Check, problem, warning, well } from "./check.ts";

const GOOD_DISK_BYTES = 5_000_000_000;
const LEAST_DISK_BYTES = 500_000_000;
const LEAST_MEMORY_BYTES = 700_000_000;
const LEAST_OPEN_FILES = 4096;

export function checkPrivileges(): Check {
  if (isRoot())
    return well("privileges", "root: each app gets a user of its own and limits that bind");
  return warning(
    "privileges",
    "an ordinary user: apps run as you, and limits may be weaker",
    "run the platform as root where apps of several people share the machine",
  );
}

export function checkDisk(directory: string): Check {
  const { bavail, bsize } = statfsSync(existingParent(directory));
  const free = bavail * bsize;
  const fact = `${bytes(free)} free for ${directory}`;
  if (free < LEAST_DISK_BYTES)
    return problem(
      "disk",
      fact,
      `free some space, or set BASTIDE_HOME to another disk: ${bytes(LEAST_DISK_BYTES)} are needed`,
    );
  if (free < GOOD_DISK_BYTES)
    return warning(
      "disk",
      fact,
      "builds and artefacts need room: free some space before there are many apps",
    );
  return well("disk", fact);
}

export function checkMemory(): Check {
  const available = availableMemory();
  const fact = `${bytes(available)} available of ${bytes(totalmem())}, ${cpus().length} cores`;
  if (available < LEAST_MEMORY_BYTES)
    return warning(
      "memory",
      fact,
      "the platform and a build need about 700 MB: end something, or add memory or swap",
    );
  return well("memory", fact);
}

export function checkHome(directory: string): Check {
  const closed = isRoot() ? closedParent(directory) : undefined;
  if (closed !== undefined)
    return problem(
      "home",
      `${directory} lies in ${closed}, which other users may not enter`,
      "set BASTIDE_HOME to a place such as /var/lib/bastide",
    );
  const there = existingParent(directory);
  if (!isUsable(there))
    return problem(
      "home",
      `${directory}: this user (${process.getuid?.()}) may not read and write ${there}`,
      "run this as its owner, or set BASTIDE_HOME to a directory of your own",
    );
  return readableHome(directory);
}

function readableHome(directory: string): Check {
  try {
    readHomeFile(homePaths(directory).homeFile);
    return well("home", directory);
  } catch (error) {
    const fix = error instanceof Failure ? error.fix : undefined;
    return problem("home", messageOf(error), fix ?? "run this as the owner of that file");
  }
}

/** Also as root, who may do all but write where nothing can be written. */
function isUsable(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function checkPostgres(installation: string): Check {
  const found = installedPostgres(installation);
  if (found.length === 0)
    return problem(
      "PostgreSQL",
      "none was found",
      "run: apt-get install postgresql, or npm install for the embedded one",
    );
  return well("PostgreSQL", found.map(({ engine, major }) => `${engine} ${major}`).join(", "));
}

export function checkOpenFiles(): Check {
  const limit =
    /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ??
    "0";
  if (limit === "unlimited" || Number(limit) >= LEAST_OPEN_FILES)
    return well("open files", `at most ${limit}`);
  return warning(
    "open files",
    `at most ${limit}`,
    `raise the limit before \`bastide up\`: ulimit -n ${LEAST_OPEN_FILES}`,
  );
}

/** What the kernel thinks can be had without swapping (proc(5)). */
function availableMemory(): number {
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

function existingParent(path: string): string {
  let current = path;
  while (!existsSync(current)) current = dirname(current);
  return current;
}
