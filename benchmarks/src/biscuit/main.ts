import { join } from "node:path";
import { INSTALLATION, report, type Row } from "@bastide/e2e";
import { authorizeRows } from "./authorize-rows.ts";
import { loadWasm } from "./oracle.ts";
import { packageRows } from "./package-rows.ts";
import { signatureRows } from "./signature-rows.ts";

const GROUPS = { authorize: authorizeRows, signatures: signatureRows, package: packageRows };

/** One group by name while somebody works on it; all of them, and only then saved, otherwise. */
const only = process.argv[2];
const wasm = await loadWasm();
const rows: Row[] = [];
for (const [name, measure] of Object.entries(GROUPS))
  if (only === undefined || only === name) rows.push(...(await measure(wasm)));
const file = join(INSTALLATION, "benchmarks/results/biscuit.json");
process.exitCode = (await report("biscuit", rows, only === undefined ? file : undefined)) ? 0 : 1;
