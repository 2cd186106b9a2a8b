import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../command-line/failure.ts";
import { asUser, closedParent, inView, type Person } from "../machine/confinement.ts";
import { isRoot, ownUser } from "../machine/user.ts";
import type { PostgresBinaries } from "./locate.ts";

/** Longest path of a UNIX socket: sun_path has 108 bytes with its zero (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;
const SOCKET_NAME = ".s.PGSQL.5432";

/** One database cluster: where it is, who runs it, with which programs. */
export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
  readonly locale: string;
  /** The system user that the server runs as; the present one unless we are root. */
  readonly user: Person;
}

/** A program's command line as the cluster's user, in a view of its own where that user cannot reach the files. */
export function clusterCommand(
  cluster: Cluster,
  dataDirectory: string,
  program: string,
  args: readonly string[],
): string[] {
  const command = [join(cluster.binaries.directory, program), ...args];
  if (!isRoot()) return command;
  const plain = asUser(cluster.user, command);
  const paths = [cluster.binaries.directory, dataDirectory, cluster.socketDirectory];
  if (paths.every((path) => closedParent(path) === undefined)) return plain;
  const isInUsr = cluster.binaries.root === "/usr";
  return inView(
    {
      readOnly: isInUsr ? [] : [cluster.binaries.root],
      writable: [dataDirectory, cluster.socketDirectory],
    },
    plain,
  );
}

/** A directory for the socket whose path is short enough: in `run/`, else under /tmp. */
export function prepareSocketDirectory(runDirectory: string, user: Person): string {
  const preferred = join(runDirectory, "postgresql");
  const hash = createHash("sha256").update(runDirectory).digest("hex").slice(0, 16);
  const fits = Buffer.byteLength(join(preferred, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES;
  const directory = fits ? preferred : `/tmp/bastide-${hash}`;
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o755 });
  const stat = lstatSync(directory);
  // Anybody may make names under /tmp: what is not a directory of ours is not used.
  if (!stat.isDirectory() || ![user.uid, ownUser().uid].includes(stat.uid))
    throw new Failure(
      "failed",
      `${directory} belongs to user ${stat.uid}, so the database's socket cannot be there`,
      {
        fix: `remove it, or choose a shorter BASTIDE_HOME (at most ${MAX_SOCKET_PATH_BYTES - 30} bytes)`,
      },
    );
  chmodSync(directory, 0o755);
  if (isRoot()) chownSync(directory, user.uid, user.gid);
  return directory;
}
