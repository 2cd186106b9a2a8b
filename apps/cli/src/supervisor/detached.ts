import { spawn } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExitReason } from "../command-line/exit-codes.ts";
import { Failure } from "../command-line/failure.ts";
import { prepareDirectory } from "../home/open-home.ts";
import { lastLines } from "../machine/tail.ts";
import type { Phase, Reporter } from "../output/reporter.ts";
import type { UpOptions } from "./up-options.ts";
import type { Started } from "./supervise.ts";

/** What the background process tells the one that started it, until the platform is up. */
export type Message =
  | { readonly type: "begin"; readonly phase: number; readonly name: string }
  | { readonly type: "update"; readonly phase: number; readonly text: string }
  | { readonly type: "end"; readonly phase: number; readonly ok: boolean; readonly text?: string }
  | { readonly type: "remark"; readonly text: string }
  | { readonly type: "up"; readonly started: Started }
  | {
      readonly type: "failed";
      readonly reason: ExitReason;
      readonly message: string;
      readonly fix?: string;
      readonly details: readonly string[];
    };

/** Starts the supervisor in the background and returns when the platform is up. Throws Failure when it is not. */
export async function superviseDetached(
  options: UpOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Started> {
  const paths = prepareDirectory(options.directory);
  const logFile = join(paths.run, "up.log");
  const logged = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(logFile, "a", 0o640);
  const program = fileURLToPath(new URL("../supervisor/background-process.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    cwd: "/",
    stdio: ["ignore", log, log, "ipc"],
    detached: true,
  });
  closeSync(log);
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const started = await follow(child, reporter);
    child.disconnect();
    child.unref();
    return started;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("failed", "the supervisor ended before the platform was up", {
      details: lastLines(logFile, 15, logged),
      fix: `see ${logFile}; \`bastide doctor\` checks this machine`,
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function follow(child: ReturnType<typeof spawn>, reporter: Reporter): Promise<Started> {
  const phases = new Map<number, Phase>();
  let failure: Failure | undefined;
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    const gone = () => reject(failure ?? new Error("it ended"));
    // The last messages may still be on their way when the process is gone.
    child.once("exit", () => (child.connected ? child.once("disconnect", gone) : gone()));
    child.on("message", (message: Message) => {
      if (message.type === "up") resolve(message.started);
      // What was started is being stopped: the failure counts when that is done and the process is gone.
      else if (message.type === "failed")
        failure = new Failure(message.reason, message.message, message);
      else show(message, phases, reporter);
    });
  });
}

function show(
  message: Exclude<Message, { type: "up" | "failed" }>,
  phases: Map<number, Phase>,
  reporter: Reporter,
): void {
  switch (message.type) {
    case "begin":
      phases.set(message.phase, reporter.begin(message.name));
      return;
    case "update":
      phases.get(message.phase)?.update(message.text);
      return;
    case "end":
      if (message.ok) phases.get(message.phase)?.done(message.text);
      else phases.get(message.phase)?.failed(message.text);
      return;
    case "remark":
      reporter.remark(message.text);
  }
}
