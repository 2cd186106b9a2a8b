import type { BuildPlan, Manifest } from "@bastide/contracts";
import { buildSteps, stepLines } from "./build-steps.ts";
import { processLines, warningLines } from "./plan-lines.ts";
import type { FoundProcesses } from "./processes.ts";

/** Commands that run as they are, with nothing installed: from the manifest, or else from the Procfile. */
export function planFromProcesses(
  manifest: Manifest,
  procfile: FoundProcesses | undefined,
): BuildPlan {
  const { processes, from, warnings } =
    manifest.processes === undefined
      ? (procfile ?? NOTHING)
      : { ...NOTHING, processes: manifest.processes };
  const steps = buildSteps(manifest.build?.install, manifest.build?.command);
  return {
    kind: "procfile",
    ...steps,
    processes,
    summary: [
      `detected commands that run as they are (${from})`,
      ...stepLines(steps),
      ...processLines(processes, from),
      ...warningLines(warnings),
    ],
  };
}

const NOTHING: FoundProcesses = { processes: {}, from: "bastide.yaml", warnings: [] };
