import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunSpec } from "../driver.ts";

const MEBIBYTE = 1024 * 1024;
const POLL_MS = 5;
const DEADLINE_MS = 10_000;

/** A uid of no account's, for runs of tests that run as root. */
export const TEST_UID = 209_999;

let specs = 0;

/** A temporary directory with what runs need: `/app` and `/data` of their own, logs, state. */
export class Workspace {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), "bastide-runtime-"));
    // Runs with a user of their own come in through mounts, and need no more than to pass.
    chmodSync(this.directory, 0o711);
    for (const name of ["app", "data"]) {
      mkdirSync(join(this.directory, name));
      if (process.getuid?.() === 0) chownSync(join(this.directory, name), TEST_UID, TEST_UID);
    }
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** A run of `command` with `/app` and `/data`; whatever is given in `changes` is different. */
  spec(command: readonly string[], changes: Partial<RunSpec> = {}): RunSpec {
    specs += 1;
    const id = `test-${process.pid}-${specs}`;
    mkdirSync(this.path(id));
    return {
      id,
      command,
      environment: { PATH: "/usr/bin:/bin", HOME: "/data" },
      workingDirectory: "/app",
      mounts: [
        { source: this.path("app"), target: "/app", writable: true },
        { source: this.path("data"), target: "/data", writable: true },
      ],
      uid: TEST_UID,
      limits: { memoryBytes: 256 * MEBIBYTE, cpuMillis: 1000, processes: 64, openFiles: 256 },
      stdout: this.path(id, "out.log"),
      stderr: this.path(id, "err.log"),
      stateDirectory: this.path(id, "state"),
      ...changes,
    };
  }

  /** A run of a shell script, which is the shortest way to look around in a sandbox. */
  shell(script: string, changes: Partial<RunSpec> = {}): RunSpec {
    return this.spec(["/bin/sh", "-c", script], changes);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Waits until the condition holds; fails with its description after ten seconds. */
export async function until(
  description: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`not within ${DEADLINE_MS} ms: ${description}`);
    await delay(POLL_MS);
  }
}
