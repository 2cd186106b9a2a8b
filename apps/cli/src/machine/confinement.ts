import { lstatSync, readlinkSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** What a confined program sees of the machine besides the system's own directories. */
export interface View {
  readonly readOnly: readonly string[];
  readonly writable: readonly string[];
}

export interface Person {
  readonly uid: number;
  readonly gid: number;
}

/** The command as another user, with no capability and no way to gain one. */
export const asUser = (user: Person, command: readonly string[]): string[] => [
  "setpriv",
  `--reuid=${user.uid}`,
  `--regid=${user.gid}`,
  "--clear-groups",
  "--no-new-privs",
  "--inh-caps=-all",
  "--bounding-set=-all",
  ...command,
];

/**
 * The command in a mount namespace of its own that shows the system read-only and the paths of the view in their own
 * places. Parents of these are made anew there, so that a user may enter them who may not enter the real ones (root's
 * home). Process ids stay the machine's: PostgreSQL's locks and our pid files depend on it.
 */
export function inView(view: View, command: readonly string[], infoFd?: number): string[] {
  const paths = [...view.readOnly, ...view.writable];
  return [
    "bwrap",
    ...binds("--ro-bind", ["/usr", "/etc"]),
    ...["/bin", "/sbin", "/lib", "/lib32", "/lib64"].flatMap(systemFolder),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    ...binds("--bind", ["/dev/shm"]),
    "--perms",
    "1777",
    "--tmpfs",
    "/tmp",
    ...binds("--ro-bind-try", ["/run/systemd/resolve"]),
    ...parentsOf(paths).flatMap((path) => ["--perms", "0755", "--dir", path]),
    ...binds("--ro-bind", view.readOnly),
    ...binds("--bind", view.writable),
    "--chdir",
    "/",
    ...(infoFd === undefined ? [] : ["--info-fd", String(infoFd)]),
    "--",
    ...command,
  ];
}

/** Shows each path at its own place. */
const binds = (option: string, paths: readonly string[]): string[] =>
  paths.flatMap((path) => [option, path, path]);

/** Where /usr is merged these are links; else directories of their own; some machines lack some. */
function systemFolder(path: string): string[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  return stat.isSymbolicLink()
    ? ["--symlink", readlinkSync(path), path]
    : ["--ro-bind", path, path];
}

/** All directories above the paths, outermost first, without those that the system's directories bring. */
function parentsOf(paths: readonly string[]): string[] {
  const parents = new Set<string>();
  for (const path of paths)
    for (let parent = dirname(path); parent !== "/"; parent = dirname(parent)) parents.add(parent);
  return [...parents]
    .filter(
      (parent) =>
        !/^\/(?:usr|etc|tmp$|dev|proc)(?:\/|$)/.test(parent) || parent.startsWith("/tmp/"),
    )
    .toSorted((a, b) => a.length - b.length);
}

/** The first directory on the way to a path that other users may not enter; undefined when they may enter all. */
export function closedParent(path: string): string | undefined {
  const parents: string[] = [];
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    parents.unshift(parent);
    if (parent === "/") break;
  }
  return parents.find((parent) => {
    const stat = statSync(parent, { throwIfNoEntry: false });
    return stat !== undefined && (stat.mode & 0o001) === 0;
  });
}
