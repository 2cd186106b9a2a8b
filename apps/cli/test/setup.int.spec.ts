import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";

const installation = new URL("../../..", import.meta.url).pathname;
const clone = mkdtempSync("/tmp/bastide-setup-");
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true });
  writeFileSync(join(clone, path), content, { mode: 0o755 });
}

/** A clone in small: a package that brings `node` and a `tsc` that makes what a build makes and counts its runs. */
const BUILD = `#!/bin/sh
for made in cli/bundle agent/dist orchestrator/dist gateway/bundle; do
  mkdir -p apps/$made; echo built > apps/$made/main.js
done
echo run >> builds
[ ! -e broken ] || { echo "src/x.ts(1,1): error TS1005"; exit 2; }
`;
cpSync(join(installation, "tools/setup"), join(clone, "tools/setup"), { recursive: true });
for (const file of ["tools/setup.mjs", "bastide"])
  cpSync(join(installation, file), join(clone, file));
write(
  "package.json",
  JSON.stringify({ name: "clone", version: "1.0.0", dependencies: { stub: "file:./stub" } }),
);
write(
  "stub/package.json",
  JSON.stringify({ name: "stub", version: "1.0.0", bin: { tsc: "tsc.sh", node: "node.sh" } }),
);
write("stub/tsc.sh", BUILD);
write("stub/node.sh", "#!/bin/sh\n");
write("tsconfig.base.json", "{}");
write("apps/cli/src/x.ts", "");
write("libs/builder/package.json", "{}");
spawnSync("npm", ["install", "--package-lock-only", "--no-audit", "--no-fund"], { cwd: clone });

const setUp = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync("node", ["tools/setup.mjs", ...words], {
    cwd: clone,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
};
/** What the launcher prints before it hands over: nothing where no set-up was needed. */
const launch = (): string => spawnSync("./bastide", [], { cwd: clone, encoding: "utf8" }).stderr;
const builds = (): number => readFileSync(join(clone, "builds"), "utf8").split("\n").length - 1;

it("installs and builds, naming each phase with its time; two at once do it once", async () => {
  const other = spawn("node", ["tools/setup.mjs"], {
    cwd: clone,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  other.stdout.on("data", (chunk: Buffer) => void (out += chunk.toString()));
  const otherEnded = new Promise((resolve) => other.once("close", resolve));
  const own = setUp();
  expect(await otherEnded).toBe(0);
  expect(own.code).toBe(0);
  expect(own.out + out).toMatch(/✓ npm dependencies {2}\d+\.\d s/);
  expect(own.out + out).toMatch(/✓ build {2}\d+\.\d s/);
  expect(builds()).toBe(1);
  expect(launch()).toBe("");
});

it("does nothing when all is current", () => {
  const { code, out } = setUp();
  expect([code, out]).toEqual([0, "✓ installation is current\n"]);
  expect(setUp("--quiet").out).toBe("");
});

it("is asked once by the launcher when the lock file is written anew as it was", () => {
  utimesSync(join(clone, "package-lock.json"), new Date(), new Date());
  expect(launch()).toBe("✓ installation is current\n");
  expect(launch()).toBe("");
  expect(builds()).toBe(1);
});

it("builds again, without installing, when a source is newer", () => {
  utimesSync(join(clone, "apps/cli/src/x.ts"), new Date(), new Date());
  expect(setUp().out).not.toContain("npm dependencies");
  expect(builds()).toBe(2);
});

it("installs and builds again when the lock file changed", () => {
  const lock = join(clone, "package-lock.json");
  writeFileSync(lock, `${readFileSync(lock, "utf8")}\n`);
  expect(launch()).toContain("✓ npm dependencies");
  expect(builds()).toBe(3);
  expect(launch()).toBe("");
});

it("shows the compiler's words when the build fails, and tries again the next time", () => {
  write("broken", "");
  utimesSync(join(clone, "apps/cli/src/x.ts"), new Date(), new Date());
  const failed = setUp();
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(/tsc -b .*failed \(exit 2\)[\s\S]*error TS1005[\s\S]*fix:/);
  rmSync(join(clone, "broken"));
  expect(setUp().code).toBe(0);
});

it("takes over the lock of a set-up that was killed", () => {
  write(".nx/setup.lock", JSON.stringify({ pid: 999_999, startTicks: "1" }));
  expect(setUp()).toMatchObject({ code: 0 });
});
