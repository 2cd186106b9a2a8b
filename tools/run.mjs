// The one set of verbs for proofs: `npm run bench|conformance|faults|fuzz|sim|e2e -- <area> [options]`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bin, ROOT } from "./steps.mjs";

const script = (file) => [bin("node")[0], "--conditions=source", join(ROOT, file)];
const vitest = (...args) => [...bin("vitest"), "run", ...args];

const AREAS = {
  e2e: { all: vitest("--config", "e2e/vitest.config.ts") },
  bench: {
    deploy: script("benchmarks/src/deploy/main.ts"),
    gateway: script("benchmarks/src/gateway/main.ts"),
    biscuit: script("benchmarks/src/biscuit/main.ts"),
    orchestrator: script("benchmarks/src/orchestrator/main.ts"),
  },
  faults: {
    deploy: script("e2e/faults/deploy.ts"),
    gateway: script("e2e/faults/gateway.ts"),
    ha: script("e2e/faults/ha.ts"),
  },
  sim: { ha: script("libs/ha/sim/main.ts") },
  fuzz: { biscuit: script("libs/biscuit/fuzz/main.ts") },
  conformance: {
    gateway: script("e2e/conformance/gateway.ts"),
    biscuit: vitest("--project", "biscuit", "conformance"),
    runtime: vitest("--config", "vitest.int.config.ts", "libs/runtime/test/process-driver"),
  },
};

const [verb = "", area = Object.keys(AREAS[verb] ?? {})[0] ?? "", ...options] =
  process.argv.slice(2);
const command = AREAS[verb]?.[area];
if (!command) {
  const known = Object.entries(AREAS).map(
    ([name, areas]) => `  npm run ${name} -- ${Object.keys(areas).join("|")}`,
  );
  process.stderr.write(
    `There is no \`npm run ${verb} -- ${area}\`. There are:\n${known.join("\n")}\n`,
  );
  process.exit(2);
}
// What it runs on is there when it starts, also in a clone that nothing else was run in. Its own answer is on standard output.
const setup = spawnSync(process.execPath, [join(ROOT, "tools/setup.mjs"), "--for-tests"], {
  stdio: ["inherit", 2, "inherit"],
});
if (setup.status !== 0) process.exit(setup.status ?? 1);
const { status } = spawnSync(command[0], [...command.slice(1), ...options], {
  stdio: "inherit",
  cwd: ROOT,
});
process.exit(status ?? 1);
