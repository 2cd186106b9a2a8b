import { type CommandTable, runCommandLine } from "./command-line/run.ts";

/** Stopping takes a while and is not to be cut short by impatience; this often means it. */
const SIGNALS_TO_GIVE_UP = 3;

/** Runs this process's command line; its exit code is the process's. `installation`: the clone that this is part of. */
export async function runMain(table: CommandTable, installation: string): Promise<void> {
  const interrupted = new AbortController();
  let signals = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => {
      interrupted.abort(new Error(`interrupted by ${name}`));
      if (++signals >= SIGNALS_TO_GIVE_UP) process.exit(130);
    });

  // A reader that goes away (`bastide logs | head`) ends the command quietly, as it ends every other tool.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

  process.exitCode = await runCommandLine(table, process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    environment: process.env,
    workingDirectory: process.cwd(),
    signal: interrupted.signal,
    installation,
  });
}
