import { availableParallelism } from "node:os";
import type { RunLimits } from "@bastide/runtime";

const MIB = 1024 * 1024;

/**
 * At least half a core stays with what serves, and where that is not enough, an app's hundred weighs more than a build's
 * ten: a build gets what is left over, and as much as there is when nobody else wants it.
 */
export const buildLimits = (): RunLimits => ({
  memoryBytes: 2048 * MIB,
  cpuMillis: Math.max(500, availableParallelism() * 1000 - 500),
  cpuWeight: 10,
  processes: 512,
  openFiles: 16_384,
});
