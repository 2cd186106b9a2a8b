// `npm test`: sets everything up, then runs every test: what differs for root as root and as an ordinary user, where it can be both.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, ROOT, Steps } from "./steps.mjs";

const NOBODY = 65_534;
const isRoot = process.getuid() === 0;

const setup = spawnSync(process.execPath, [join(ROOT, "tools/setup.mjs"), "--for-tests"], {
  stdio: "inherit",
});
if (setup.status !== 0) process.exit(setup.status ?? 1);

const steps = new Steps(25);
if (!process.env.BISCUIT_SAMPLES)
  steps.notRun(
    "the official Biscuit samples",
    "BISCUIT_SAMPLES names no checkout of the specification",
  );

await steps.run("format", [...bin("oxfmt"), "--check"]);
// Lint knows types too: of every library, those that no program of the platform needs yet among them.
await steps.run("types", [...bin("tsc"), "-b"]);
await steps.run("project graph", [...bin("nx"), "graph", "--file=.nx/graph.json"]);
await steps.run("lint", [...bin("oxlint"), "--deny-warnings"]);
await steps.run("types of tests", [...bin("tsc"), "-p", "tsconfig.spec.json"]);
await unitTests();
await affected();

/** Root sets a machine up, keeps its files and runs other people's programs in another way: tested as both. */
const DIFFERS_AS_ROOT = [
  "apps/agent/",
  "libs/runtime/",
  ".root.int.spec",
  ...["doctor", "machine", "postgres", "service", "setup", "up"].map(
    (name) => `apps/cli/test/${name}.int`,
  ),
];
/** The same from outside: homes and servers, the users and sandboxes of builds, instances and guards, machines with a network of their own. */
const DIFFERS_AS_ROOT_OUTSIDE = [
  ...["bad-input", "damaged-state", "examples", "ha", "no-postgres", "second-machine"].map(
    (name) => `e2e/test/${name}.e2e`,
  ),
  ".root.e2e",
];
// Vitest must not write beside its configuration, which may belong to somebody else.
const INT = ["--config", "vitest.int.config.ts", "--configLoader", "native"];
const E2E = ["--config", "e2e/vitest.config.ts", "--configLoader", "native"];
if (!isRoot) {
  await steps.vitest("integration tests, as an ordinary user", INT);
  await steps.vitest("end-to-end tests, as an ordinary user", E2E);
  for (const files of ["**/*.root.int.spec.ts", "**/*.root.e2e.ts"])
    steps.notRun(`the tests in ${files}`, "they need root");
} else if (existsSync("/usr/bin/bwrap")) {
  await steps.vitest("integration tests, as root", [...INT, ...DIFFERS_AS_ROOT]);
  await steps.vitest("end-to-end tests, as root", [...E2E, ...DIFFERS_AS_ROOT_OUTSIDE]);
  steps.notRun("the other tests as root", "what they test is the same as an ordinary user");
  await asOrdinaryUser();
} else {
  await steps.vitest("integration tests, as root", INT);
  await steps.vitest("end-to-end tests, as root", E2E);
  steps.notRun("everything as an ordinary user", "bubblewrap is not installed");
}
process.exit(steps.end());

/** Each library's as who works on it runs them, which shows how long that takes; then everybody else's at once. */
async function unitTests() {
  const libraries = readdirSync(join(ROOT, "libs"));
  for (const library of libraries) {
    // A result that was kept from another run would leave nothing to count.
    const program = [...bin("nx"), "test", library, "--skip-nx-cache"];
    await steps.vitest(`nx test ${library}`, [], { program, goalSeconds: 10 });
  }
  await steps.vitest(
    "the other unit tests",
    libraries.map((library) => `--project=!${library}`),
  );
}

/**
 * What a commit touches, as somebody who works on it would ask. The libraries' tests have just run, and those of e2e
 * start whole platforms, in steps of their own.
 */
async function affected() {
  if (!hasParent())
    return steps.notRun("nx affected", "there is no commit before this one to compare with");
  const others = ["e2e", ...readdirSync(join(ROOT, "libs"))].map((name) => `@bastide/${name}`);
  const what = ["--targets=lint,test", "--base=HEAD~1", `--exclude=${others.join()}`];
  return steps.run("nx affected: lint and test", [...bin("nx"), "affected", ...what]);
}

/** A first commit, and a clone without history, have nothing to compare with. */
function hasParent() {
  const { status } = spawnSync("git", ["rev-parse", "--verify", "--quiet", "HEAD~1"], {
    cwd: ROOT,
    stdio: "ignore",
  });
  return status === 0;
}

/** All tests but those that need root, as `nobody`, in a view of the machine where the clone can be read. */
async function asOrdinaryUser() {
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
  await steps.vitest("integration tests, as an ordinary user", INT, { wrap, environment });
  await steps.vitest("end-to-end tests, as an ordinary user", E2E, { wrap, environment });
  rmSync(home, { recursive: true, force: true });
}
