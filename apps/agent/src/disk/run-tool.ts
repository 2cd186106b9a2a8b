import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs one of the system's tools to its end; rejects with what it said on standard error. */
export async function runTool(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C" };
  await run(program, args, { env, maxBuffer: 64 * 1024, ...(signal ? { signal } : {}) });
}
