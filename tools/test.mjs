// `npm test`: sets everything up, then runs every test, as root and as an ordinary user where it can be both.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, ROOT, Steps } from "./steps.mjs";

const NOBODY = 65_534;
const isRoot = process.getuid() === 0;

const setup = spawnSync(process.execPath, [join(ROOT, "tools/setup.mjs")], { stdio: "inherit" });
if (setup.status !== 0) process.exit(setup.status ?? 1);

const steps = new Steps();
if (!process.env.BISCUIT_SAMPLES)
  steps.notRun(
    "the official Biscuit samples",
    "BISCUIT_SAMPLES names no checkout of the specification",
  );

await steps.run("format", [...bin("oxfmt"), "--check"]);
await steps.run("project graph", [...bin("nx"), "graph", "--file=.nx/graph.json"]);
await steps.run("lint", [...bin("oxlint"), "--deny-warnings"]);
await steps.run("types of tests", [...bin("tsc"), "-p", "tsconfig.spec.json"]);
await steps.vitest("unit tests", []);

const INT = ["--config", "vitest.int.config.ts"];
const E2E = ["--config", "e2e/vitest.config.ts"];
if (isRoot) {
  await steps.vitest("integration tests, as root", INT);
  await steps.vitest("end-to-end tests, as root", E2E);
  await asOrdinaryUser();
} else {
  await steps.vitest("integration tests, as an ordinary user", [
    ...INT,
    "--exclude",
    "**/*.root.int.spec.ts",
  ]);
  await steps.vitest("end-to-end tests, as an ordinary user", E2E);
  steps.notRun("tests titled *.root.int.spec.ts", "they need root");
}
process.exit(steps.end());

/** The same tests once more as `nobody`, in a view of the machine where the clone can be read. */
async function asOrdinaryUser() {
  if (!existsSync("/usr/bin/bwrap")) {
    steps.notRun("everything as an ordinary user", "bubblewrap is not installed");
    return;
  }
  const home = mkdtempSync(join(tmpdir(), "bastide-user-"));
  chmodSync(steps.scratch, 0o777);
  const temporary = join(home, "tmp");
  mkdirSync(temporary);
  for (const directory of [home, temporary]) chownSync(directory, NOBODY, NOBODY);
  const clone = join(home, "clone");
  const view = ["/usr/bin/bwrap", "--dev-bind", "/", "/", "--bind", ROOT, clone, "--chdir", clone];
  const user = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"];
  const wrap = (command) => [
    ...view,
    ...user,
    ...command.map((part) => part.replaceAll(ROOT, clone)),
  ];
  mkdirSync(clone);
  const environment = { HOME: home, TMPDIR: temporary, XDG_CONFIG_HOME: join(home, "config") };
  await steps.vitest(
    "integration tests, as an ordinary user",
    [...INT, "--exclude", "**/*.root.int.spec.ts"],
    { wrap, environment },
  );
  await steps.vitest("end-to-end tests, as an ordinary user", E2E, { wrap, environment });
  rmSync(home, { recursive: true, force: true });
}
