import { execFile } from "node:child_process";

const TIMEOUT_MS = 60_000;

/** Runs a tool by argument array; undefined when it succeeded, else the last line that it said. */
export function tryTool(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const said = `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
      resolve(error ? said || error.message : undefined);
    });
  });
}
