// `npm test`: sets everything up, then runs every test, as root and as an ordinary user where it can be both.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, ROOT, Steps } from "./steps.mjs";

const NOBODY = 65_534;
const isRoot = process.getuid() === 0;

const setup = spawnSync(process.execPath, [join(ROOT, "tools/setup.mjs"), "--tests"], {
  stdio: "inherit",
});
if (setup.status !== 0) process.exit(setup.status ?? 1);

const steps = new Steps();
if (!process.env.BISCUIT_SAMPLES)
  steps.notRun(
    "the official Biscuit samples",
    "BISCUIT_SAMPLES names no checkout of the specification",
  );

await steps.run("format", [...bin("oxfmt"), "--check"]);
await steps.run("project graph", [...bin("nx"), "graph", "--file=.nx/graph.json"]);
if (process.env.CI === "true" && hasParent())
  await steps.run("lint of what changed", [
    ...bin("nx"),
    "affected",
    "--targets=lint",
    "--base=HEAD~1",
  ]);
await steps.run("lint", [...bin("oxlint"), "--deny-warnings"]);
await steps.run("types", [...bin("tsc"), "-b"]);
await steps.run("types of tests", [...bin("tsc"), "-p", "tsconfig.spec.json"]);
await steps.vitest("unit tests", []);

/** What needs root says so by its file name. */
const NEEDS_ROOT = ["**/*.root.int.spec.ts", "**/*.root.e2e.ts"];
const INT = ["--config", "vitest.int.config.ts"];
const AS_ROOT = [...INT, "--exclude", "**/*.user.int.spec.ts"];
// Vitest must not write beside its configuration, which belongs to somebody else.
const AS_USER = [...INT, "--exclude", NEEDS_ROOT[0], "--configLoader", "native"];
const E2E = ["--config", "e2e/vitest.config.ts", "--configLoader", "native"];
const E2E_AS_USER = [...E2E, "--exclude", NEEDS_ROOT[1]];
if (isRoot) {
  await steps.vitest("integration tests, as root", AS_ROOT);
  await steps.vitest("end-to-end tests, as root", E2E);
  await asOrdinaryUser();
} else {
  await steps.vitest("integration tests, as an ordinary user", [
    ...INT,
    "--exclude",
    NEEDS_ROOT[0],
  ]);
  await steps.vitest("end-to-end tests, as an ordinary user", E2E_AS_USER);
  for (const files of NEEDS_ROOT) steps.notRun(`the tests in ${files}`, "they need root");
}
process.exit(steps.end());

/** A first commit, and a clone without history, have nothing to compare with. */
function hasParent() {
  const { status } = spawnSync("git", ["rev-parse", "--verify", "--quiet", "HEAD~1"], {
    cwd: ROOT,
    stdio: "ignore",
  });
  return status === 0;
}

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
  const environment = {
    BASTIDE_TEST_CACHE: join(home, "cache"),
    HOME: home,
    TMPDIR: temporary,
    XDG_CONFIG_HOME: join(home, "config"),
  };
  await steps.vitest("integration tests, as an ordinary user", AS_USER, { wrap, environment });
  await steps.vitest("end-to-end tests, as an ordinary user", E2E_AS_USER, { wrap, environment });
  rmSync(home, { recursive: true, force: true });
}
