import { lstatSync, symlinkSync } from "node:fs";
import { join } from "node:path/posix";
import type { Mount, RunSpec } from "../driver.ts";

export interface PlainRun {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/** By this variable the processes of a run without a sandbox are found, even those that left its session. */
export const RUN_VARIABLE = "BASTIDE_RUN";

/** The host path behind a path of the sandbox; the innermost mount wins. Others are the host's own. */
export function hostPath(path: string, mounts: readonly Mount[]): string {
  const innermost = mounts
    .filter(({ target }) => path === target || path.startsWith(`${target}/`))
    .toSorted((a, b) => b.target.length - a.target.length)[0];
  if (innermost === undefined) return path;
  return join(innermost.source, path.slice(innermost.target.length));
}

/**
 * A run where no sandbox can be had: the same command with paths of the sandbox turned into the host's, in its words,
 * its environment (lists of paths as well) and its working directory.
 */
export function plainCommand(spec: RunSpec): PlainRun {
  const translate = (text: string) =>
    text
      .split(":")
      .map((part) => hostPath(part, spec.mounts))
      .join(":");
  return {
    command: spec.command.map(translate),
    environment: {
      ...Object.fromEntries(
        Object.entries(spec.environment).map(([name, value]) => [name, translate(value)]),
      ),
      [RUN_VARIABLE]: spec.id,
    },
    workingDirectory: hostPath(spec.workingDirectory, spec.mounts),
  };
}

/**
 * Relative paths can't be turned: a mount inside another is a symbolic link there, unless something has its place.
 */
export function linkNestedMounts(mounts: readonly Mount[]): void {
  for (const inner of mounts) {
    const place = hostPath(
      inner.target,
      mounts.filter((mount) => mount !== inner),
    );
    if (place === inner.target || lstatSync(place, { throwIfNoEntry: false })) continue;
    symlinkSync(inner.source, place);
  }
}
