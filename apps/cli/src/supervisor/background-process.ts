import { writeSync } from "node:fs";
import { Failure, messageOf } from "../command-line/failure.ts";
import { seconds } from "../output/progress.ts";
import type { Reporter } from "../output/reporter.ts";
import type { Message } from "./detached.ts";
import type { UpOptions } from "./up-options.ts";
import { supervise } from "./supervise.ts";

/** The supervisor in the background: tells its parent how the start goes, and writes the same into its log. */
const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stopping.abort());
// A terminal that is closed is no reason to stop what was started in the background.
process.on("SIGHUP", () => {});

function tell(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, () => resolve());
    else resolve();
  });
}

function log(text: string): void {
  try {
    writeSync(process.stdout.fd, `${new Date().toISOString()} ${text}\n`);
  } catch {
    // A full disk costs this line: not the supervisor, and not the lines to come.
  }
}

let count = 0;
const reporter: Reporter = {
  begin(name) {
    const phase = count++;
    const began = performance.now();
    void tell({ type: "begin", phase, name });
    const end = (ok: boolean, text?: string) => {
      log(`${ok ? "done" : "failed"}: ${name} ${seconds(performance.now() - began)} ${text ?? ""}`);
      void tell({ type: "end", phase, ok, ...(text === undefined ? {} : { text }) });
    };
    return {
      update: (text) => void tell({ type: "update", phase, text }),
      done: (text) => end(true, text),
      failed: (text) => end(false, text),
    };
  },
  remark(text) {
    log(text);
    void tell({ type: "remark", text });
  },
};

try {
  // Our own parent wrote it, from its own parsed options.
  const options: UpOptions = JSON.parse(process.argv[2] ?? "");
  await supervise(options, reporter, stopping.signal, (started) => {
    log(`${started.healthy ? "healthy" : "up"} after ${seconds(started.tookMs)}: ${started.url}`);
    void tell({ type: "up", started });
  });
  log("stopped");
} catch (error) {
  process.exitCode = 1;
  const failure = error instanceof Failure ? error : new Failure("failed", messageOf(error));
  log(`failed: ${failure.message}\n${failure.details.join("\n")}`);
  const { reason, message, fix, details } = failure;
  await tell({ type: "failed", reason, message, details, ...(fix === undefined ? {} : { fix }) });
}
if (process.connected) process.disconnect();
