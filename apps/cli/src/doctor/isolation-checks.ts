import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRoot } from "../machine/user.ts";
import { type Check, problem, warning, well } from "./check.ts";

const TRY_TIMEOUT_MS = 10_000;

/** Found out by trying: a sandbox as apps get it, with something in it. */
export function checkSandbox(): Check {
  const version = spawnSync("bwrap", ["--version"], { encoding: "utf8", timeout: TRY_TIMEOUT_MS });
  if (version.error !== undefined)
    return missing("bubblewrap is not installed", "apt-get install bubblewrap");
  const tried = spawnSync(
    "bwrap",
    ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", "--", "/bin/true"],
    { encoding: "utf8", timeout: TRY_TIMEOUT_MS },
  );
  if (tried.status === 0)
    return well("sandbox", `${version.stdout.trim()} works, with all namespaces`);
  const reason = tried.stderr.trim().split("\n").at(-1) ?? "it failed";
  return missing(
    `bubblewrap is installed, but: ${reason}`,
    "allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 (in a container: run it with --privileged)",
  );
}

/** As root this is part of the minimum; an ordinary user may go on with less. */
const missing = (fact: string, fix: string): Check =>
  isRoot() ? problem("sandbox", fact, fix) : warning("sandbox", fact, fix);

export function checkUserNamespaces(): Check {
  const most = numberIn("/proc/sys/user/max_user_namespaces");
  const allowed = numberIn("/proc/sys/kernel/unprivileged_userns_clone") ?? 1;
  if (most !== undefined && most > 0 && allowed === 1)
    return well("user namespaces", `at most ${most}`);
  const fact =
    most === undefined
      ? "the kernel has none"
      : `switched off (max_user_namespaces ${most}, unprivileged_userns_clone ${allowed})`;
  if (isRoot()) return well("user namespaces", `${fact}; root does without`);
  return warning(
    "user namespaces",
    fact,
    "ask the administrator for: sysctl user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1",
  );
}

/** Which control groups can hold an app's memory, CPU and processes. */
export function checkControlGroups(): Check {
  const v2 = controllersOfV2();
  if (v2.length > 0) return writable("/sys/fs/cgroup", `version 2 with ${v2.join(", ")}`);
  const v1 = ["memory", "cpu", "pids"].filter((name) =>
    existsSync(join("/sys/fs/cgroup", name, "tasks")),
  );
  if (v1.length > 0)
    return writable(join("/sys/fs/cgroup", v1[0] ?? ""), `version 1 with ${v1.join(", ")}`);
  return warning(
    "control groups",
    "none are mounted: limits are per process only (rlimits)",
    "mount them: mount -t cgroup2 none /sys/fs/cgroup",
  );
}

function controllersOfV2(): string[] {
  const file = "/sys/fs/cgroup/cgroup.controllers";
  if (!existsSync(file)) return [];
  const names = readFileSync(file, "utf8").trim().split(" ");
  return ["memory", "cpu", "pids"].filter((name) => names.includes(name));
}

function writable(directory: string, fact: string): Check {
  try {
    accessSync(directory, constants.W_OK);
    return well("control groups", fact);
  } catch {
    return warning(
      "control groups",
      `${fact}, but not writable for this user: limits are per process only (rlimits)`,
      "run the platform as root, or have a subtree delegated (systemd: Delegate=yes)",
    );
  }
}

function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
