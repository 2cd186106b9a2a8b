import { lstatSync, mkdirSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path/posix";
import { type Mount, type RunSpec, RuntimeError } from "../driver.ts";

const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** What version 2 of control groups takes. */
const MOST_WEIGHT = 10_000;
const RESERVED = ["/", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc", "/dev"];

function refuse(spec: RunSpec, fact: string): never {
  throw new RuntimeError("start-failed", `Run ${JSON.stringify(spec.id)}: ${fact}`);
}

function isPlainPath(path: string): boolean {
  return isAbsolute(path) && normalize(path) === path && !path.includes("\0");
}

function isReserved(target: string): boolean {
  return RESERVED.some(
    (path) => target === path || (path !== "/" && target.startsWith(`${path}/`)),
  );
}

function checkMount(spec: RunSpec, mount: Mount): void {
  if (!isPlainPath(mount.source)) {
    refuse(spec, `mount source ${mount.source} is not an absolute path without dots`);
  }
  if (!isPlainPath(mount.target) || isReserved(mount.target)) {
    refuse(
      spec,
      `mount target ${mount.target} is not an absolute path without dots outside the base system`,
    );
  }
}

/**
 * A mount point inside a writable mount lies in a directory where the tenant may have left anything: bubblewrap, as
 * root, would follow a symbolic link there. So each step must be a real directory, and is made here where missing.
 */
function prepareNestedTarget(spec: RunSpec, outer: Mount, inner: Mount): void {
  let path = outer.source;
  for (const step of inner.target.slice(outer.target.length + 1).split("/")) {
    path = join(path, step);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) mkdirSync(path, { mode: 0o755 });
    else if (!stat.isDirectory()) {
      refuse(spec, `${path} is in the way of the mount at ${inner.target}: it is not a directory`);
    }
  }
}

function checkLimits(spec: RunSpec): void {
  const { memoryBytes, cpuMillis, processes, openFiles } = spec.limits;
  for (const [name, value] of Object.entries({ memoryBytes, cpuMillis, processes, openFiles })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      refuse(spec, `limit ${name} is ${value}, not a whole number above 0`);
    }
  }
  const { cpuWeight = 100 } = spec.limits;
  if (!Number.isSafeInteger(cpuWeight) || cpuWeight < 1 || cpuWeight > MOST_WEIGHT)
    refuse(spec, `limit cpuWeight is ${cpuWeight}, not a whole number from 1 to ${MOST_WEIGHT}`);
}

function checkTexts(spec: RunSpec): void {
  const texts = [...spec.command, ...Object.entries(spec.environment).flat()];
  if (texts.some((text) => text.includes("\0"))) {
    refuse(spec, "a NUL character is in the command or the environment");
  }
  const badName = Object.keys(spec.environment).find((name) => name === "" || name.includes("="));
  if (badName !== undefined) refuse(spec, `${JSON.stringify(badName)} can't name a variable`);
}

/** Refuses what a run can't be, before anything is made for it: RuntimeError `start-failed`. */
export function checkSpec(spec: RunSpec, asRoot: boolean): void {
  if (!SAFE_ID.test(spec.id)) refuse(spec, `the id does not match ${SAFE_ID.source}`);
  if (spec.command.length === 0) refuse(spec, "the command is empty");
  if (!isPlainPath(spec.workingDirectory)) {
    refuse(spec, `working directory ${spec.workingDirectory} is not an absolute path without dots`);
  }
  if (asRoot && (spec.uid === undefined || !Number.isSafeInteger(spec.uid) || spec.uid < 1)) {
    refuse(spec, `as root a run needs a uid of its own, above 0 (given: ${spec.uid})`);
  }
  checkLimits(spec);
  checkTexts(spec);
  for (const mount of spec.mounts) checkMount(spec, mount);
}

/** Makes mount points inside writable mounts; the sandbox only, since without one nothing is mounted. */
export function prepareMountPoints(spec: RunSpec): void {
  for (const outer of spec.mounts.filter((mount) => mount.writable)) {
    for (const inner of spec.mounts) {
      if (inner.target.startsWith(`${outer.target}/`)) prepareNestedTarget(spec, outer, inner);
    }
  }
}
