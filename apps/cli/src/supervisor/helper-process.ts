import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Failure } from "../command-line/failure.ts";

const TIMEOUT_MS = 120_000;

/**
 * Runs one of our own programs that needs big libraries, so that the supervisor itself stays small. It says nothing
 * when all is well; its last line on standard error is the reason when not.
 */
export async function runHelper(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const file = fileURLToPath(new URL(`../${program}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], {
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  let errors = "";
  child.stderr.on(
    "data",
    (chunk: Buffer) => void (errors = (errors + chunk.toString()).slice(-4000)),
  );
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  signal?.throwIfAborted();
  if (code === 0) return;
  const lines = errors.split("\n").filter(Boolean);
  throw new Failure("failed", lines.shift() ?? `${program} ended with ${code ?? "a signal"}`, {
    details: lines.slice(0, 15),
    fix: "see the logs in the home's run/ directory; `bastide doctor` checks this machine",
  });
}
