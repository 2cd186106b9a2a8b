import { join } from "node:path";
import { INSTALLATION, report } from "@bastide/e2e";
import { placementRows } from "./placement-rows.ts";

// No peer side by side: what places for others does so inside a cluster, with its store and its API in every figure.
const file = join(INSTALLATION, "benchmarks/results/orchestrator.json");
process.exitCode = (await report("orchestrator", placementRows(), file)) ? 0 : 1;
