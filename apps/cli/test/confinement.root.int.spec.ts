import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { asUser, inView } from "../src/machine/confinement.ts";
import { anyFreePort } from "../src/machine/port-owner.ts";
import { signalProcess } from "../src/machine/process-identity.ts";
import { launch } from "../src/supervisor/launch.ts";

const main = new URL("../dist/main.js", import.meta.url).pathname;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync("/tmp/bastide-confined-");
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Asynchronous, since this process itself may have to answer meanwhile. */
function bastide(
  words: readonly string[],
  home: string,
): Promise<{ code: number | null; err: string }> {
  const env = { PATH: process.env["PATH"], BASTIDE_HOME: home, XDG_CONFIG_HOME: directory };
  const child = spawn(process.execPath, [main, ...words], { cwd: directory, env });
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => void (err += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, err })));
}

it("a confined program is another user without privileges, sees what it is shown, and writes only there", () => {
  chmodSync(directory, 0o700);
  const shown = join(directory, "shown");
  const hidden = join(directory, "hidden");
  for (const path of [shown, hidden]) mkdirSync(path);
  writeFileSync(join(shown, "a"), "seen");
  writeFileSync(join(hidden, "a"), "not seen");
  const own = join(directory, "own");
  mkdirSync(own, { mode: 0o700 });
  const user = { uid: 1_234_567, gid: 1_234_567 };
  chownSync(own, user.uid, user.gid);
  const script = `cat ${shown}/a; cat ${hidden}/a; echo x > ${shown}/b; echo y > ${own}/b; id -u; grep -c . /proc/1/environ; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status`;
  const [file = "", ...args] = inView(
    { readOnly: [shown], writable: [own] },
    asUser(user, ["sh", "-c", script]),
  );
  const { stdout, stderr } = spawnSync(file, args, { encoding: "utf8" });
  expect(stdout).toMatch(/^seen1234567\n/);
  expect(stdout).toMatch(/CapBnd:\s0{16}/);
  expect(stdout).toMatch(/CapEff:\s0{16}/);
  expect(stdout).toMatch(/NoNewPrivs:\s1/);
  expect(stderr).toContain("hidden/a: No such file");
  expect(stderr).toMatch(/b: Read-only file system|cannot create/);
  expect(readFileSync(join(own, "b"), "utf8")).toBe("y\n");
  expect(existsSync(join(shown, "b"))).toBe(false);
});

it("finds the pid of a confined program and kills that, not its wrapper", async () => {
  const logFile = join(directory, "confined.log");
  const launched = await launch({
    command: ["sleep", "60"],
    environment: {},
    logFile,
    confinement: { user: { uid: 1_234_567, gid: 1_234_567 }, view: { readOnly: [], writable: [] } },
  });
  const status = () => readFileSync(`/proc/${launched.process.pid}/status`, "utf8");
  await expect.poll(status, { timeout: 30_000 }).toMatch(/Uid:\s1234567/);
  signalProcess(launched.process, "SIGKILL");
  expect(await launched.exited).toBe("killed by signal 9");
});

it("refuses a home where other users cannot go", async () => {
  const closed = join(directory, "closed");
  mkdirSync(closed);
  chmodSync(closed, 0o700);
  const ran = await bastide(["up"], join(closed, "home"));
  expect(ran).toMatchObject({
    code: 1,
    err: expect.stringMatching(/closed, which other users may not enter/),
  });
});

it("does not send the administrator's token to a stranger who took the ports of a platform that is down", async () => {
  const home = join(directory, "home");
  const port = String(await anyFreePort());
  expect(await bastide(["up", "--detach", "--port", port], home)).toMatchObject({ code: 0 });
  expect(await bastide(["down"], home)).toMatchObject({ code: 0 });
  const { ports }: { ports: { gateway: number; orchestrator: number } } = JSON.parse(
    readFileSync(join(home, "home.json"), "utf8"),
  );
  const seen: string[] = [];
  const strangers = [ports.gateway, ports.orchestrator].map((one) =>
    createServer((incoming, response) => {
      seen.push(incoming.headers.authorization ?? "");
      response.end("{}");
    }).listen(one, "127.0.0.1"),
  );
  try {
    const { code, err } = await bastide(["apps"], home);
    expect([code, seen]).toEqual([3, []]);
    expect(err).toContain("the platform is not up");
  } finally {
    for (const stranger of strangers) stranger.close();
  }
});
