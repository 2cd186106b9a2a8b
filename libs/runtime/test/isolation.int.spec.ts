import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ProcessDriver, type RunSpec } from "../src/index.ts";
import { DENIED, JUDGED } from "../src/process/system-calls.ts";
import { TEST_UID, textOf, until, Workspace } from "../src/testing/index.ts";
import { removeControlGroup } from "./control-group-cleanup.ts";

const NEVER = new AbortController().signal;
const asRoot = process.getuid?.() === 0;
const architecture = process.arch === "arm64" ? "arm64" : "x64";

const driver = new ProcessDriver({ controlGroup: `bastide-isolation-${process.pid}` });
const workspace = new Workspace();
const nodeMount = {
  source: dirname(dirname(process.execPath)),
  target: "/opt/node",
  writable: false,
};

afterAll(async () => {
  workspace.remove();
  await removeControlGroup(`bastide-isolation-${process.pid}`);
});

/** Runs a script to its end; what it printed. */
async function inside(script: string, changes: Partial<RunSpec> = {}): Promise<string> {
  const spec = workspace.shell(script, changes);
  await driver.runOnce({ ...spec, stderr: spec.stdout }, NEVER);
  return textOf(spec.stdout);
}

/** The errno of each system call, made with arguments that are all zero. */
async function errnosOf(numbers: readonly number[]): Promise<string[]> {
  const script =
    "foreach (@ARGV) { $! = 0; syscall($_ + 0, 0, 0, 0, 0, 0); print $! + 0, qq(\\n) }";
  const spec = workspace.spec(["/usr/bin/perl", "-e", script, ...numbers.map(String)]);
  await driver.runOnce(spec, NEVER);
  return textOf(spec.stdout).trim().split("\n");
}

describe(`isolation ${asRoot ? "as root" : "as an ordinary user"}, seen from inside`, () => {
  it("has its own user and no other group", async () => {
    const uid = asRoot ? TEST_UID : process.getuid?.();
    const gid = asRoot ? TEST_UID : process.getgid?.();
    expect(await inside("id -u; id -G; id -un")).toBe(`${uid}\n${gid}\napp\n`);
  });

  it("has no capability, can gain no privilege and is under a filter", async () => {
    const status = await inside("cat /proc/self/status");
    // An ordinary user can't empty the bounding set, which no-new-privileges makes idle.
    for (const set of ["Inh", "Prm", "Eff", "Amb", ...(asRoot ? ["Bnd"] : [])]) {
      expect(status).toMatch(new RegExp(`^Cap${set}:\\s+0000000000000000$`, "m"));
    }
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });

  it("sees no process but its own", async () => {
    const names = await inside("for p in /proc/[0-9]*; do read -r n <$p/comm; echo $n; done");
    expect(names).toBe("bwrap\nsh\n");
    expect(
      await inside(`kill -0 ${process.pid} 2>&1; test -e /proc/${process.pid} || echo none`),
    ).toMatch(/none/);
  });

  it("sees nothing of the host or of other tenants but what is mounted", async () => {
    const seen = await inside(
      "ls -A / | tr '\\n' ' '; ls -A /root /home /srv /run /var 2>/dev/null",
    );
    expect(seen).not.toMatch(/\b(root|home|srv|boot|sys|run|work|mnt)\b/);
    expect(await inside(`ls ${workspace.directory} 2>&1 || echo hidden`)).toMatch(/hidden/);
    expect(await inside("cat /etc/shadow 2>&1 || ls -A /etc")).not.toMatch(
      /^(ssh|shadow|machine-id)$/m,
    );
    expect(await inside("cut -d: -f1 /etc/passwd | tr '\\n' ' '")).toBe("root app nobody ");
  });

  it("can write to its mounts, /tmp, /var/tmp and /dev/shm, and to nothing else", async () => {
    const places =
      "/ /usr /usr/bin /etc /opt /opt/node /dev /var /proc /proc/sys/kernel /app /tmp /var/tmp /dev/shm";
    const script = `for d in ${places}; do touch $d/x 2>/dev/null && echo $d; done; true`;
    const spec = workspace.shell(script);
    const mounts = [...spec.mounts, nodeMount];
    expect(await inside(script, { mounts })).toBe("/app\n/tmp\n/var/tmp\n/dev/shm\n");
    expect(await inside("echo x > /proc/sys/kernel/core_pattern; touch /usr/x")).toMatch(
      /Read-only/,
    );
  });

  it("shares no temporary directory", async () => {
    expect(await inside("echo mine > /tmp/mine; echo mine > /dev/shm/mine; ls -A /tmp")).toBe(
      "mine\n",
    );
    expect(await inside("ls -A /tmp /dev/shm; ls -d /tmp/bastide-* 2>/dev/null; true")).toBe(
      "/dev/shm:\n\n/tmp:\n",
    );
  });

  it("holds no file of the driver's open", async () => {
    const links = await inside("exec ls -l /proc/self/fd");
    const open = links.split("\n").flatMap((line) => line.match(/ (\d+) -> (\S+)/)?.slice(1) ?? []);
    expect(open.filter((_, index) => index % 2 === 0)).toEqual(["0", "1", "2", "3"]);
  });

  it("can open its own output again by its name", async () => {
    expect(await inside("echo again > /dev/stderr")).toBe("again\n");
  });

  it("can't mount, make namespaces or use a setuid program", async () => {
    expect(await inside("unshare --user true || echo refused")).toMatch(/refused/);
    expect(await inside("unshare --mount true || echo refused")).toMatch(/refused/);
    expect(await inside("mount -t tmpfs none /tmp || echo refused")).toMatch(/refused/);
    const setuid =
      "for f in /usr/bin/su /usr/bin/mount /usr/bin/passwd; do $f --help; done >/dev/null; ";
    expect(await inside(`${setuid} perl -e 'print "$<$>"'`)).toMatch(
      asRoot ? `${TEST_UID}${TEST_UID}` : `${process.getuid?.()}${process.getuid?.()}`,
    );
  });

  it("is denied every system call on the list", async () => {
    const numbers = Object.values(DENIED).flatMap((entry) => entry[architecture] ?? []);
    expect(await errnosOf(numbers)).toEqual(numbers.map(() => "1"));
    expect(await errnosOf([JUDGED.clone3[architecture]])).toEqual(["38"]);
  });

  it.runIf(architecture === "x64")("is ended for a call of the x32 ABI", async () => {
    const exit = await driver.runOnce(
      workspace.spec(["/usr/bin/perl", "-e", "syscall(0x40000000 + 39)"]),
      NEVER,
    );
    expect(exit).toMatchObject({ signal: "SIGSYS" });
  });

  it("runs Node with worker threads and child processes under the filter", async () => {
    const program = `
      const { Worker } = require("node:worker_threads");
      const { execFileSync, execFile } = require("node:child_process");
      const dns = require("node:dns");
      new Worker("require('node:worker_threads').parentPort.postMessage(1)", { eval: true }).on("message", async () => {
        console.log(execFileSync("echo", ["child"]).toString().trim());
        console.log((await dns.promises.lookup("localhost")).address.length > 0);
      });`;
    const spec = workspace.spec(["/opt/node/bin/node", "-e", program]);
    const mounts = [...spec.mounts, nodeMount];
    const exit = await driver.runOnce({ ...spec, mounts }, NEVER);
    expect([textOf(spec.stderr), exit, textOf(spec.stdout)]).toEqual([
      "",
      { code: 0 },
      "child\ntrue\n",
    ]);
  });

  it("keeps the environment out of every argument list", async () => {
    const environment = { PATH: "/usr/bin:/bin", SECRET: "correct-horse-battery" };
    const handle = await driver.start(workspace.shell("sleep 1000", { environment }));
    const lists = ["/bin/sh", "-c", "cat /proc/[0-9]*/cmdline"];
    const { output } = await driver.execute(handle, lists, {
      timeoutMs: 10_000,
      maxOutputBytes: 100_000,
    });
    expect(output + textOf(`/proc/${handle.pid}/cmdline`)).toContain("sleep");
    expect(output + textOf(`/proc/${handle.pid}/cmdline`)).not.toContain("correct-horse");
    await driver.stop(handle, 0);
    await driver.release(handle);
  });

  it("lets no variable of the tenant's reach a program that still has rights", async () => {
    const environment = { PATH: "/usr/bin:/bin", LD_PRELOAD: "/app/evil.so" };
    const spec = workspace.spec(["/usr/bin/true"], { environment });
    await driver.runOnce(spec, NEVER);
    // The loader complains once for each program that is told to load it: the command itself, and no other.
    expect(textOf(spec.stderr).match(/evil\.so/g)).toHaveLength(1);
  });

  it("gives commands inside a run no more than the run has", async () => {
    const handle = await driver.start(workspace.shell("sleep 1000"));
    const look =
      "grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; id -u; ulimit -n; touch /usr/x";
    const options = { timeoutMs: 10_000, maxOutputBytes: 10_000 };
    const { output } = await driver.execute(handle, ["/bin/sh", "-c", look], options);
    const uid = asRoot ? TEST_UID : process.getuid?.();
    expect(output.split("\n").slice(0, 5)).toEqual([
      "CapEff:\t0000000000000000",
      "NoNewPrivs:\t1",
      "Seccomp:\t2",
      `${uid}`,
      "256",
    ]);
    expect(output).toMatch(/Read-only file system/);
    await driver.stop(handle, 0);
    await driver.release(handle);
  });

  it("refuses a mount point that the tenant has made a symbolic link", async () => {
    mkdirSync(workspace.path("trap"));
    symlinkSync("/etc", workspace.path("trap", "node_modules"));
    const mounts = [
      { source: workspace.path("trap"), target: "/app", writable: true },
      { source: workspace.path("data"), target: "/app/node_modules", writable: false },
    ];
    await expect(driver.start(workspace.shell("true", { mounts }))).rejects.toMatchObject({
      code: "start-failed",
      message: expect.stringContaining("not a directory"),
    });
  });

  it("says why a sandbox could not be made, and leaves nothing behind", async () => {
    const missing = { source: workspace.path("missing"), target: "/gone", writable: false };
    const spec = workspace.shell("true");
    const start = driver.start({ ...spec, mounts: [...spec.mounts, missing] });
    await expect(start).rejects.toMatchObject({
      code: "start-failed",
      message: expect.stringContaining(missing.source),
    });
    expect(await driver.find(spec.id, spec.stateDirectory)).toBeUndefined();
    await driver.runOnce(spec, NEVER);
  });

  it("has the limit of open files that was asked for", async () => {
    expect(await inside("ulimit -n; ulimit -Hn; ulimit -n 300 2>&1 || true")).toMatch(
      /^256\n256\n/,
    );
  });

  it("has no more processes than were asked for, whatever else the user runs", async () => {
    const limits = { ...workspace.shell("").limits, processes: 8 };
    const script = "i=0; while [ $i -lt 20 ]; do sleep 1000 & i=$((i+1)); done; echo all";
    const spec = workspace.shell(script, { limits });
    const handle = await driver.start(spec);
    await until("a refused fork", () => textOf(spec.stderr).includes("fork"));
    expect(textOf(spec.stdout)).toBe("");
    await driver.stop(handle, 0);
    await driver.release(handle);
  });

  it("keeps two runs apart", async () => {
    const first = await driver.start(workspace.shell("echo a > /tmp/a; exec sleep 1000"));
    expect(await inside("ls /tmp; cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).not.toMatch(
      /sleep 1000/,
    );
    await driver.stop(first, 0);
    await driver.release(first);
  });

  it("does not leave a writable trace of its identity files", async () => {
    writeFileSync(workspace.path("data", "x"), "");
    expect(await inside("echo hacker >> /etc/passwd || echo refused")).toMatch(/refused/);
  });
});
