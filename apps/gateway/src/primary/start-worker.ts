import { type ChildProcess, spawn } from "node:child_process";

/** Standard streams, and the channel to us. */
export const FIRST_DESCRIPTOR = 4;

/** Starts a worker's process with the sockets among `listeners`, in their order. It says when it is there, and waits. */
export function startWorker(
  program: string,
  listeners: readonly { readonly fd?: number }[],
): ChildProcess {
  const child = spawn(process.execPath, [...process.execArgv, program], {
    stdio: ["ignore", "inherit", "inherit", "ipc", ...listeners.flatMap(({ fd }) => fd ?? [])],
  });
  // Who takes it over may come later than the word that it could not be started.
  child.once("error", () => {});
  return child;
}
