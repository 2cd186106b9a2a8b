import { dirname } from "node:path/posix";
import type { RunSpec } from "../driver.ts";
import type { BasePart } from "./base-system.ts";
import { dangerousVariables, safeVariables } from "./environment.ts";

/** What the sandbox's arguments depend on besides the run itself. */
export interface SandboxFacts {
  readonly asRoot: boolean;
  readonly base: readonly BasePart[];
  readonly bwrap: string;
  readonly env: string;
  readonly setpriv: string;
  readonly prlimit: string;
  readonly seccomp: boolean;
  /** Processes and threads, where nothing but RLIMIT_NPROC limits them; counted in the run's own user namespace. */
  readonly processLimit: number | undefined;
}

/** Generated /etc/passwd and /etc/group, on the host. */
export interface IdentityFiles {
  readonly passwd: string;
  readonly group: string;
}

/** File descriptors that the run's first program is given, in this order after stdout and stderr. */
export const DESCRIPTOR = { options: 3, status: 4, seccomp: 5 } as const;

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

const DEVICE_LINKS: readonly (readonly [string, string])[] = [
  ["/proc/self/fd", "/dev/fd"],
  ["/proc/self/fd/0", "/dev/stdin"],
  ["/proc/self/fd/1", "/dev/stdout"],
  ["/proc/self/fd/2", "/dev/stderr"],
];

/** Every directory above `path`, outermost first, without the root. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === "/" || parent === "." ? [] : [...ancestors(parent), parent];
}

function isUnder(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/**
 * Directories that bubblewrap would otherwise make 0700 and root's on its way to a mount point: made by us, readable.
 * Those inside something mounted already are there.
 */
export function directoriesToMake(
  targets: readonly string[],
  mounted: readonly string[],
): readonly string[] {
  const wanted = new Set(targets.flatMap(ancestors));
  const inside = [...mounted, ...targets];
  return [...wanted].filter((path) => !inside.some((mount) => isUnder(path, mount)));
}

function basePart(part: BasePart): string[] {
  return part.kind === "symlink"
    ? ["--symlink", part.target, part.path]
    : ["--ro-bind", part.path, part.path];
}

function privateFileSystems(memoryBytes: number): string[] {
  const temporary = (path: string) => [
    "--perms",
    "1777",
    "--size",
    String(memoryBytes),
    "--tmpfs",
    path,
  ];
  return [
    "--proc",
    "/proc",
    "--perms",
    "0755",
    "--tmpfs",
    "/dev",
    ...DEVICES.flatMap((name) => ["--dev-bind", `/dev/${name}`, `/dev/${name}`]),
    ...DEVICE_LINKS.flatMap(([target, path]) => ["--symlink", target, path]),
    ...temporary("/dev/shm"),
    "--remount-ro",
    "/dev",
    ...temporary("/tmp"),
    ...temporary("/var/tmp"),
  ];
}

function makeDirectories(paths: readonly string[]): string[] {
  return paths.flatMap((path) => ["--perms", "0755", "--dir", path]);
}

/**
 * bubblewrap's options, which it reads from a pipe: an argument list is world-readable, and the environment is not for
 * the world. What makes the sandbox usable comes last, so that options cut short can't start anything.
 */
export function sandboxOptions(
  spec: RunSpec,
  facts: SandboxFacts,
  identity: IdentityFiles,
): string[] {
  const base = [...facts.base, { kind: "bind", path: "/etc/passwd" } as const];
  const basePaths = base.map((part) => part.path);
  // Outer mounts first: one inside another would be hidden by it.
  const mounts = spec.mounts.toSorted((a, b) => a.target.length - b.target.length);
  const targets = mounts.map((mount) => mount.target);
  const own = ["/proc", "/dev", "/tmp", "/var/tmp"];
  return [
    "--clearenv",
    ...safeVariables(spec.environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...makeDirectories(directoriesToMake([...basePaths, "/var/tmp"], [])),
    ...facts.base.flatMap(basePart),
    "--ro-bind",
    identity.passwd,
    "/etc/passwd",
    "--ro-bind",
    identity.group,
    "/etc/group",
    ...privateFileSystems(spec.limits.memoryBytes),
    ...makeDirectories(directoriesToMake(targets, [...basePaths, ...own])),
    ...mounts.flatMap((mount) => [
      mount.writable ? "--bind" : "--ro-bind",
      mount.source,
      mount.target,
    ]),
    "--remount-ro",
    "/",
    "--chdir",
    spec.workingDirectory,
  ];
}

/** Drops everything that the sandbox itself needed: the last step before the run's own command. */
export function privilegeDrop(setpriv: string, uid: number, lowPorts = false): string[] {
  const kept = lowPorts ? "-all,+net_bind_service" : "-all";
  return [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${uid}`,
    "--clear-groups",
    "--no-new-privs",
    `--bounding-set=${kept}`,
    `--inh-caps=${kept}`,
    `--ambient-caps=${kept}`,
    "--",
  ];
}

/** As root the namespaces are made with root's own rights; an ordinary user makes them in a user namespace. */
function namespaceOptions(asRoot: boolean, lowPorts: boolean): string[] {
  const own = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"];
  if (!asRoot) return ["--unshare-user", ...own];
  return [...own, ...KEPT_CAPABILITIES, ...(lowPorts ? ["--cap-add", "CAP_NET_BIND_SERVICE"] : [])];
}

/** What setpriv needs inside to become the run's user; it keeps none of it. */
export const KEPT_CAPABILITIES: readonly string[] = [
  "--cap-drop",
  "ALL",
  "--cap-add",
  "CAP_SETUID",
  "--cap-add",
  "CAP_SETGID",
  "--cap-add",
  "CAP_SETPCAP",
];

/** The steps from inside the sandbox to the command: own user, process limit, and the variables held back till then. */
export function innerCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  uid: number | undefined,
  facts: Pick<SandboxFacts, "asRoot" | "env" | "setpriv" | "prlimit" | "processLimit">,
  lowPorts = false,
): string[] {
  const late = dangerousVariables(environment).map(([name, value]) => `${name}=${value}`);
  return [
    ...(facts.asRoot && uid !== undefined ? privilegeDrop(facts.setpriv, uid, lowPorts) : []),
    ...(facts.processLimit === undefined
      ? []
      : [facts.prlimit, `--nproc=${facts.processLimit}:${facts.processLimit}`, "--"]),
    ...(late.length === 0 ? [] : [facts.env, ...late]),
    ...command,
  ];
}

/** The argument array that puts `spec.command` into its sandbox. */
export function sandboxCommand(spec: RunSpec, facts: SandboxFacts): string[] {
  return [
    facts.bwrap,
    "--args",
    String(DESCRIPTOR.options),
    ...namespaceOptions(facts.asRoot, spec.lowPorts === true),
    "--new-session",
    "--json-status-fd",
    String(DESCRIPTOR.status),
    ...(facts.seccomp ? ["--seccomp", String(DESCRIPTOR.seccomp)] : []),
    "--",
    ...innerCommand(spec.command, spec.environment, spec.uid, facts, spec.lowPorts === true),
  ];
}
