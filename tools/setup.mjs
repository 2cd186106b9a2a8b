// Makes a clone ready to run: Debian packages, npm dependencies, build. Plain JavaScript for the host's own Node,
// since nothing is installed yet when it starts. Safe to run again: what is current is left alone.
import { spawnSync } from "node:child_process";
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SetupFailure } from "./setup/failure.mjs";
import { holdLock } from "./setup/lock.mjs";
import { missingPackages, installPackages } from "./setup/packages.mjs";
import { runPhase, runTool, say } from "./setup/phase.mjs";
import { isBuilt, isInstalled, linkPostgresLibraries, lockSum, STAMP } from "./setup/state.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NEEDED_NODE = [20, 19];
/** What runs; tests and benchmarks run from their sources. */
const PROGRAMS = ["apps/cli", "apps/agent", "apps/orchestrator", "apps/gateway"];

/** Node runs its own JavaScript first: a version that is too old gets a sentence instead of a stack. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1])) return;
  throw new SetupFailure(
    `Node ${process.versions.node} is too old: the set-up needs ${NEEDED_NODE.join(".")} or later (the platform then brings its own Node 24).`,
    "install a newer Node (https://nodejs.org), or put one first in PATH, then run this again",
  );
}

function checkNpm() {
  const npm = spawnSync("npm", ["--version"], { encoding: "utf8", shell: false });
  if (npm.status === 0) return `npm ${npm.stdout.trim()}`;
  throw new SetupFailure(
    "npm was not found beside Node; it installs the dependencies.",
    "install it (Debian: apt-get install npm), then run this again",
  );
}

async function debianPackages() {
  const missing = missingPackages({ forTests: process.argv.includes("--for-tests") });
  if (missing.length === 0) return;
  await runPhase(`Debian packages: ${missing.join(", ")}`, () => installPackages(missing));
}

/** `install` and not `ci`: the latter fails where a registry lacks other platforms' optional binaries. */
async function dependencies() {
  await runPhase("npm dependencies", async () => {
    const npm = checkNpm();
    const options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
    await runTool("npm", ["install", ...options], {
      cwd: ROOT,
      fix: "check the network or npm's registry setting (npm config get registry), then run this again",
    });
    const linked = linkPostgresLibraries(ROOT);
    return `${npm}, no install scripts run${linked > 0 ? `, ${linked} libraries linked` : ""}`;
  });
}

async function build() {
  await runPhase("build", async () => {
    const bin = join(ROOT, "node_modules/.bin");
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
    const fix = "a source does not compile: put it right, or git checkout it, then run this again";
    await runTool(join(bin, "tsc"), ["-b", ...PROGRAMS], { cwd: ROOT, env, fix });
    for (const script of ["libs/biscuit/bundle.mjs", "libs/builder/bundle.mjs", "tools/bundle.mjs"])
      await runTool(join(bin, "node"), [join(ROOT, script)], { cwd: ROOT, env, fix });
  });
}

async function setUp() {
  checkNode();
  const unlock = await holdLock(ROOT);
  try {
    await debianPackages();
    if (!isInstalled(ROOT)) {
      await dependencies();
      writeStamp(new Date(0));
    }
    // After npm, which writes the lock file anew: what is newer than this is not in the build.
    const started = new Date();
    if (!isBuilt(ROOT)) await build();
    writeStamp(started);
    say("✓ installation is current\n");
  } finally {
    unlock();
  }
}

/** The stamp's text says which lock file is installed, its time what the installation was last found to be current with. */
function writeStamp(builtAt) {
  const file = join(ROOT, STAMP);
  writeFileSync(file, lockSum(ROOT));
  utimesSync(file, builtAt, builtAt);
}

try {
  if (!existsSync(join(ROOT, "package-lock.json")))
    throw new SetupFailure(`${ROOT} has no package-lock.json.`, "clone the repository again");
  await setUp();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  process.stderr.write(`\nset-up: ${error.message}\n  fix: ${error.fix}\n`);
  process.exitCode = 1;
}
