// `npm run ci:long`: the longer proofs in their short form.
import { join } from "node:path";
import { bin, ROOT, Steps } from "./steps.mjs";

const steps = new Steps(50);
const proof = (verb, area, ...options) =>
  steps.run(`${verb} ${area}`, [
    bin("node")[0],
    join(ROOT, "tools/run.mjs"),
    verb,
    area,
    ...options,
  ]);

await proof("fuzz", "biscuit");
await proof("sim", "ha", "--seeds", "2000");
await proof("faults", "deploy", "--short");
await proof("faults", "gateway", "--short");
await proof("faults", "gateway", "--short", "--soak");
await proof("faults", "ha", "--short");
await proof("conformance", "gateway");

for (const area of ["deploy", "gateway", "ha"])
  steps.notRun(`faults ${area}, the long form`, `it takes longer: npm run faults -- ${area}`);
steps.notRun(
  "faults gateway --soak, ten minutes",
  "it takes longer: npm run faults -- gateway --soak",
);
steps.notRun("ten thousand seeds and more", "they take longer: npm run sim -- ha --seeds 10000");
steps.notRun(
  "faults ha --calm, half an hour without a failover on a starved machine",
  "it takes longer: npm run faults -- ha --calm",
);
for (const area of ["deploy", "gateway", "biscuit", "orchestrator"])
  steps.notRun(
    `bench ${area}`,
    `its figures are of a machine that does nothing else: npm run bench -- ${area}`,
  );
for (const area of ["biscuit", "runtime"])
  steps.notRun(`conformance ${area}`, "npm test runs it among its other tests");
process.exit(steps.end());
