import type { PromiseSpec } from "@bastide/contracts";
import type { RunHandle, RuntimeDriver } from "@bastide/runtime";
import type { ProbeResult } from "./domain/promise-state.ts";

const MAX_OUTPUT_BYTES = 2000;

/** Runs the command once in the run's sandbox. */
export async function probeCommand(
  { command, timeoutSeconds }: Extract<PromiseSpec, { kind: "command" }>,
  driver: RuntimeDriver,
  run: RunHandle,
): Promise<ProbeResult> {
  const { exit, output, timedOut } = await driver.execute(run, ["/bin/sh", "-c", command], {
    timeoutMs: timeoutSeconds * 1000,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (exit.code === 0 && !timedOut) return { kept: true, message: "" };
  const how = timedOut
    ? `did not end within ${timeoutSeconds} s`
    : `ended with ${exit.signal ?? `code ${exit.code ?? "unknown"}`}`;
  const said = output.trim();
  return { kept: false, message: `the command ${how}${said === "" ? "" : `: ${said}`}` };
}
