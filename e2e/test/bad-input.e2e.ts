import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpoints } from "@bastide/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyOf, platform } from "./here.ts";

describe("bad input", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bastide-bad-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function deploying(app = "e2e-bad") {
    const { code, stdout, stderr } = await platform().cli(["deploy", directory, "--app", app]);
    return { code, said: stdout + stderr };
  }

  it("a manifest with an unknown key: the nearest key is suggested", async () => {
    await writeFile(join(directory, "server.js"), "");
    await writeFile(
      join(directory, "bastide.yaml"),
      "proceses:\n  web:\n    command: node server.js\n",
    );
    const { code, said } = await deploying();
    expect(code).not.toBe(0);
    expect(said).toContain("proceses");
    expect(said).toContain("did you mean `processes`?");
  });

  it("a manifest that is no YAML: the line is named", async () => {
    await writeFile(join(directory, "bastide.yaml"), "processes:\n  web: [\n");
    const { code, said } = await deploying();
    expect(code).not.toBe(0);
    expect(said).toMatch(/bastide\.yaml:\d/);
  });

  it("a directory without an app: what was looked for is named", async () => {
    await writeFile(join(directory, "notes.txt"), "nothing to run");
    const { code, said } = await deploying();
    expect(code).not.toBe(0);
    expect(said).toContain("package.json");
    expect(said).toContain("index.html");
  });

  it("a build that fails: its last lines are shown and nothing is deployed", async () => {
    await writeFile(
      join(directory, "package.json"),
      JSON.stringify({
        scripts: { build: "echo compiling; echo kaputt >&2; exit 9", start: "node x" },
      }),
    );
    const { code, said } = await deploying();
    expect(code).toBe(7);
    expect(said).toContain("kaputt");
    expect(said).toContain("9");
    expect((await platform().fetch("e2e-bad")).status).toBe(404);
  });

  it("a build that hangs: it is ended at its limit with its last line, and nothing is deployed", async () => {
    await writeFile(
      join(directory, "package.json"),
      JSON.stringify({ scripts: { build: "echo watching; sleep 1000", start: "node x" } }),
    );
    await writeFile(join(directory, "bastide.yaml"), "build:\n  timeoutSeconds: 2\n");
    const { code, said } = await deploying("e2e-hanging");
    expect(code).toBe(7);
    expect(said).toContain("limit of 2 s");
    expect(said).toContain("Its last line was: watching");
    expect(said).toContain("build.timeoutSeconds");
    expect((await platform().fetch("e2e-hanging")).status).toBe(404);
  });

  it("a name that is taken by another project: a free one is suggested", async () => {
    const signal = AbortSignal.timeout(10_000);
    const api = await platform().api();
    await api.call(endpoints.projects.create, {
      parameters: { organisation: "main" },
      body: { name: "second" },
      signal,
    });
    // The next that comes to mind is taken as well.
    for (const app of ["e2e-taken", "e2e-taken-2"])
      await api.call(endpoints.apps.put, {
        parameters: { organisation: "main", project: "main", app },
        signal,
      });
    await using source = await copyOf("static-site");
    const deployingAs = (app: string) =>
      platform().cli(["deploy", source.path, "--app", app, "--project", "main/second"]);
    const refused = await deployingAs("e2e-taken");
    expect(refused.code).toBe(6);
    const [, free = ""] = /"e2e-taken" is taken .+ try "(.+?)"/.exec(refused.stderr) ?? [];
    expect(free).toBe("e2e-taken-3");
    expect((await deployingAs(free)).code).toBe(0);
  });

  it.each([["bastide"], ["two--parts"], ["Upper"]])("the name %s is refused", async (name) => {
    await writeFile(join(directory, "index.html"), "<p>hello");
    expect((await deploying(name)).code).toBe(2);
  });

  it("a second `up` in the same home: the first is named", async () => {
    const { code, stderr } = await platform().cli(["up"]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/is up already/);
    expect(stderr).toMatch(/process \d+/);
  });

  it("a port that is taken: its owner is named and another is offered", async () => {
    await chmod(directory, 0o711);
    const home = join(directory, "home");
    await mkdir(home, { mode: 0o711 });
    const { code, stderr } = await platform().cli(["up", "--port", String(platform().port)], {
      environment: { BASTIDE_HOME: home },
    });
    expect(code).not.toBe(0);
    const { port } = platform();
    const said = new RegExp(
      `port ${port} is taken by (?:process (\\d+) \\(\\S+\\)|a process of user (\\d+))`,
    );
    const [, pid, uid] = said.exec(stderr) ?? [];
    // Whose open files we may not see is named by its user.
    const owner = pid === undefined ? uid : await readFile(`/proc/${pid}/cmdline`, "utf8");
    expect(owner).toMatch(pid === undefined ? `${process.getuid?.()}` : /gateway/);
    const offered = Number(/bastide up --port (\d+)/.exec(stderr)?.[1]);
    expect(offered).toBeGreaterThan(port);
    await using free = createServer().listen(offered, "127.0.0.1");
    await once(free, "listening");
  });
});
