import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Check } from "../src/doctor/check.ts";
import { decideHome } from "../src/home/decide-home.ts";
import { writeHomeFile } from "../src/home/home-file.ts";
import { anyFreePort } from "../src/machine/port-owner.ts";
import { isRoot } from "../src/machine/user.ts";

const main = join(import.meta.dirname, "../dist/main.js");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bastide-doctor-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Examined {
  readonly code: number | null;
  readonly text: string;
  readonly checks: readonly Check[];
}

/** What `bastide doctor` says of this machine with a home, once for programs and once for people. */
function examine(home: string): Examined {
  const [document, said] = [["--json"], []].map((more) =>
    spawnSync(process.execPath, [main, "doctor", ...more], {
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"] ?? "",
        BASTIDE_HOME: home,
        XDG_CONFIG_HOME: join(directory, "config"),
      },
      timeout: 60_000,
    }),
  );
  expect(said?.status).toBe(document?.status);
  const { checks }: { checks: Check[] } = JSON.parse(document?.stdout ?? "");
  return { code: document?.status ?? null, text: said?.stdout ?? "", checks };
}

const found = ({ checks }: Examined, name: string): Check | undefined =>
  checks.find((check) => check.name === name);

/** A home as `up` records it. */
async function homeAt(home: string, port: number): Promise<string> {
  mkdirSync(home, { mode: 0o711 });
  const decided = decideHome({
    directory: home,
    asRoot: isRoot(),
    now: new Date(),
    postgres: { engine: "system", major: 15, directory: "/usr/bin", root: "/usr" },
    databaseUser: { uid: 101, gid: 104 },
    locale: "C.UTF-8",
    orchestratorPort: await anyFreePort(),
    gatewayPort: port,
    httpsPort: await anyFreePort(),
    baseDomain: undefined,
    listen: ["127.0.0.1"],
  });
  writeHomeFile(join(home, "home.json"), decided);
  return home;
}

it("a port that is taken is a problem: its owner, and the option with a free one", async () => {
  chmodSync(directory, 0o755);
  await using server = createServer();
  server.listen(await anyFreePort(), "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const home = await homeAt(join(directory, "home"), port);
  const taken = examine(home);
  expect(taken.code).toBe(8);
  expect(found(taken, "home")).toEqual({ name: "home", state: "well", fact: home });
  expect(found(taken, "ports")).toMatchObject({
    state: "problem",
    fact: expect.stringContaining(`${port} is taken by process ${process.pid} (`),
    fix: expect.stringMatching(/^stop it, or: bastide up --port \d+$/),
  });
  expect(taken.text).toMatch(/✗ ports .*is taken by process \d+.*\n +fix: stop it, or: bastide up/);
  server.close();
  await once(server, "close");
  expect(found(examine(home), "ports")).toMatchObject({ state: "well" });
});

it("a home that cannot be read is a problem with its fix, and everything else is looked at all the same", async () => {
  const home = await homeAt(join(directory, "home"), await anyFreePort());
  // Root reads everything; what counts there is whether the platform's other users can.
  if (!isRoot()) chmodSync(home, 0o000);
  const examined = examine(home);
  chmodSync(home, 0o700);
  expect(examined.code).toBe(8);
  expect(found(examined, "home")).toMatchObject({
    state: "problem",
    fact: expect.stringMatching(isRoot() ? /other users may not enter/ : /may not read and write/),
    fix: expect.stringContaining("set BASTIDE_HOME"),
  });
  for (const name of ["disk", "ports", "PostgreSQL", "sandbox"])
    expect(examined.checks.map((check) => check.name)).toContain(name);
});

it("a home whose record is damaged is a problem", async () => {
  chmodSync(directory, 0o755);
  const home = await homeAt(join(directory, "home"), 0);
  const examined = examine(home);
  expect(examined.code).toBe(8);
  expect(found(examined, "home")).toMatchObject({
    state: "problem",
    fact: expect.stringContaining('"ports.gateway" cannot be 0'),
    fix: expect.stringContaining("BASTIDE_HOME"),
  });
});
