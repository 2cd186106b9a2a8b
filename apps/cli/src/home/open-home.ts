import { chmodSync, chownSync, mkdirSync, readdirSync, statfsSync } from "node:fs";
import { Failure, systemCode } from "../command-line/failure.ts";
import { closedParent, type Person } from "../machine/confinement.ts";
import { isRoot } from "../machine/user.ts";
import { bytes } from "../output/columns.ts";
import { readHomeFile, writeHomeFile } from "./home-file.ts";
import { type Home, type HomePaths, homePaths } from "./home.ts";
import { localNodes } from "./local-nodes.ts";

/** Below this a new home is not begun, and below the second an old one is not started: PostgreSQL would stop half-way. */
const NEEDED_TO_CREATE_BYTES = 500_000_000;
const NEEDED_TO_START_BYTES = 100_000_000;
/** What may lie in a directory that becomes a home. */
const OWN_BEGINNINGS = new Set(["run"]);

/** Makes the directory and its `run/`, so that the lock can be taken; decides nothing yet. */
export function prepareDirectory(directory: string): HomePaths {
  const paths = homePaths(directory);
  try {
    mkdirSync(paths.run, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new Failure("failed", `${directory} cannot be made (${systemCode(error) ?? "unknown"})`, {
      fix: "give a directory that you may write with BASTIDE_HOME, or free some disk space",
      cause: error,
    });
  }
  checkEntrance(directory);
  return paths;
}

/** Instances and the database run as other users, who must get to their own files in the home. */
export function checkEntrance(directory: string): void {
  const closed = isRoot() ? closedParent(`${directory}/x`) : undefined;
  if (closed === undefined) return;
  if (closed === directory) {
    chmodSync(directory, 0o711);
    return;
  }
  throw new Failure("failed", `${directory} lies in ${closed}, which other users may not enter`, {
    fix: `choose a place such as /var/lib/bastide with BASTIDE_HOME, or run: chmod o+x ${closed}`,
  });
}

/** The home's record; a new home gets what `decide` says, once and for all. */
export function openHome(paths: HomePaths, decide: () => Home): Home {
  const existing = readHomeFile(paths.homeFile);
  checkSpace(
    paths.directory,
    existing === undefined ? NEEDED_TO_CREATE_BYTES : NEEDED_TO_START_BYTES,
  );
  if (existing !== undefined) checkSameKind(existing, paths);
  else refuseForeignContent(paths.directory);
  const home = existing ?? decide();
  makeDirectories(paths, home);
  if (existing === undefined) writeHomeFile(paths.homeFile, home);
  return home;
}

function checkSpace(directory: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= neededBytes) return;
  throw new Failure(
    "failed",
    `${directory} has ${bytes(free)} of free disk space; ${bytes(neededBytes)} are needed`,
    {
      fix: "free some space there, or choose another disk with BASTIDE_HOME",
    },
  );
}

function refuseForeignContent(directory: string): void {
  const foreign = readdirSync(directory).filter((name) => !OWN_BEGINNINGS.has(name));
  if (foreign.length === 0) return;
  throw new Failure(
    "failed",
    `${directory} is not a home of Bastide: it has no home.json but holds ${foreign.slice(0, 3).join(", ")}`,
    {
      fix: "give an empty directory with BASTIDE_HOME",
    },
  );
}

function checkSameKind(home: Home, paths: HomePaths): void {
  const madeByRoot = home.users !== undefined;
  if (madeByRoot === isRoot()) return;
  throw new Failure(
    "failed",
    `${paths.directory} was made ${madeByRoot ? "by root" : "by an ordinary user"} and keeps its users for ever`,
    {
      fix: madeByRoot
        ? "run this as root (sudo)"
        : "run this as that user, or give another directory with BASTIDE_HOME",
    },
  );
}

function makeDirectories(paths: HomePaths, home: Home): void {
  chmodSync(paths.directory, 0o711);
  makeDirectory(paths.keys, 0o700, home.users?.orchestrator);
  makeDirectory(paths.control, 0o700, home.users?.orchestrator);
  makeDirectory(paths.blobs, 0o700, home.users?.orchestrator);
  makeNodeDirectories(paths, home);
}

export function makeNodeDirectories(paths: HomePaths, home: Home): void {
  for (const { directory, joined } of localNodes(home, paths)) {
    if (joined) makeDirectory(joined.identityDirectory, 0o711);
    makeDirectory(directory, 0o700);
  }
}

export function makeDirectory(path: string, mode: number, owner?: Person): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
}
