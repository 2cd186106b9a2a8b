import { writeSync } from "node:fs";

/** Writes a line where the agent keeps it. */
export function writeToStdout(line: string): void {
  try {
    writeSync(process.stdout.fd, line);
  } catch {
    // A full disk or a closed pipe costs this line: not the gateway, and not the lines to come.
  }
}
