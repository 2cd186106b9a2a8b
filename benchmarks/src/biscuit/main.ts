import { join } from "node:path";
import { INSTALLATION, report } from "@bastide/e2e";
import { authorizeRows } from "./authorize-rows.ts";
import { loadWasm } from "./oracle.ts";
import { signatureRows } from "./signature-rows.ts";

const GROUPS = { authorize: authorizeRows, signatures: signatureRows };

/** One group by name while somebody works on it; all of them, and only then saved, otherwise. */
const only = process.argv[2];
const wasm = await loadWasm();
const rows = Object.entries(GROUPS).flatMap(([name, measure]) =>
  only === undefined || only === name ? measure(wasm) : [],
);
const file = join(INSTALLATION, "benchmarks/results/biscuit.json");
process.exitCode = (await report("biscuit", rows, only === undefined ? file : undefined)) ? 0 : 1;
