import { join } from "node:path";
import { INSTALLATION, report, type Row } from "@bastide/e2e";
import { authRows } from "./auth-rows.ts";
import { hotRows } from "./hot-rows.ts";
import { routingRows } from "./routing-rows.ts";

/** What is measured, by name: `npm run bench -- gateway [--short] [name …]`. */
const PARTS: Readonly<Record<string, (short: boolean) => Promise<Row[]>>> = {
  hot: hotRows,
  routing: routingRows,
  auth: authRows,
};

const words = process.argv.slice(2);
const short = words.includes("--short");
const named = words.filter((word) => !word.startsWith("-"));
const unknown = named.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}\n`,
  );
  process.exit(2);
}

const rows: Row[] = [];
for (const [name, measure] of Object.entries(PARTS))
  if (named.length === 0 || named.includes(name)) rows.push(...(await measure(short)));

// Only a whole run at full length is worth keeping.
const file =
  short || named.length > 0 ? undefined : join(INSTALLATION, "benchmarks/results/gateway.json");
process.exitCode = (await report("gateway", rows, file)) ? 0 : 1;
