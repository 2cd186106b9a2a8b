// `npm run ci:long`: the longer proofs in their short form.
import { join } from "node:path";
import { bin, ROOT, Steps } from "./steps.mjs";

const steps = new Steps();
const proof = (verb, area, ...options) =>
  steps.run(`${verb} ${area}`, [
    bin("node")[0],
    join(ROOT, "tools/run.mjs"),
    verb,
    area,
    ...options,
  ]);

await proof("fuzz", "biscuit");
await proof("faults", "deploy", "--short");
await proof("faults", "gateway", "--short");
process.exit(steps.end());
