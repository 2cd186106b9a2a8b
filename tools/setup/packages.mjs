import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SetupFailure } from "./failure.mjs";
import { runTool, say } from "./phase.mjs";

/** What the platform takes from Debian: a program, and the package that has it. */
const PROGRAMS = [
  { program: "bwrap", package: "bubblewrap" },
  { program: "setpriv", package: "util-linux" },
];

/**
 * What tests need besides: an authority to get certificates from, etcd, the tools of browsers' stores, clients, and what
 * cuts links and jumps clocks.
 */
const TEST_PROGRAMS = [
  { program: "pebble", package: "pebble" },
  { program: "etcd", package: "etcd-server" },
  { program: "certutil", package: "libnss3-tools" },
  { program: "openssl", package: "openssl" },
  { program: "curl", package: "curl" },
  { program: "chromium", package: "chromium" },
  { program: "nft", package: "nftables" },
  { program: "faketime", package: "faketime" },
];

const has = (program) =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/sbin", "/bin"].some((folder) =>
    existsSync(join(folder, program)),
  );

/** Packages to install now. Where we may not install, says what to ask for and goes on without. */
export function missingPackages({ forTests }) {
  const programs = forTests ? [...PROGRAMS, ...TEST_PROGRAMS] : PROGRAMS;
  const missing = programs.filter((entry) => !has(entry.program)).map((entry) => entry.package);
  if (missing.length === 0 || (process.getuid?.() === 0 && has("apt-get"))) return missing;
  say(`! not installed: ${missing.join(", ")}. Ask the administrator for:
    apt-get install ${missing.join(" ")}
  Until then apps run with less isolation, and tests that need one of them fail; \`bastide doctor\` shows what is missing.\n`);
  return [];
}

/** `DPkg::Lock::Timeout`: another apt may be running, as at a machine's first boot; waiting is right then. */
export async function installPackages(packages) {
  const options = {
    cwd: "/",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    fix: `see whether another apt or dpkg is running or the network is down, then run: apt-get install ${packages.join(" ")}`,
  };
  const apt = (...args) =>
    runTool("apt-get", ["-o", "DPkg::Lock::Timeout=300", "-y", ...args], options);
  const install = () => apt("install", "--no-install-recommends", ...packages);
  try {
    await install();
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    say("  package lists may be old: updating them\n");
    await apt("update");
    await install();
  }
}
