import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandsOf } from "../src/command-line/run.ts";
import { COMMANDS } from "../src/commands/table.ts";
import { anyFreePort } from "../src/machine/port-owner.ts";

const installation = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
const directory = mkdtempSync("/tmp/bastide-cli-");
chmodSync(directory, 0o755);
const home = join(directory, "home");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bastide(
  words: readonly string[],
  more: { env?: Record<string, string>; input?: string; cwd?: string } = {},
): Ran {
  const main = join(installation, "apps/cli/dist/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: more.cwd ?? directory,
    encoding: "utf8",
    input: more.input ?? "",
    env: {
      PATH: process.env["PATH"] ?? "",
      BASTIDE_HOME: home,
      XDG_CONFIG_HOME: join(directory, "config"),
      ...more.env,
    },
  });
  return { code: status, out: stdout, err: stderr };
}

describe("help", () => {
  it.each([[[]], [["--help"]], [["help"]]])("bastide %j lists every command", (words) => {
    const { code, out, err } = bastide(words);
    expect([code, err]).toEqual([0, ""]);
    for (const spec of commandsOf(COMMANDS)) expect(out).toContain(spec.name);
  });

  it.each(["deploy", "env set", "token attenuate"])("bastide %s --help shows its page", (name) => {
    const { code, out } = bastide([...name.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`usage: bastide ${name}`);
  });

  it("is one JSON document with --json", () => {
    expect(JSON.parse(bastide(["up", "--help", "--json"]).out)).toHaveProperty("help");
  });

  it.each(["version", "--version"])("bastide %s says which version this is", (word) => {
    expect(bastide([word])).toMatchObject({ code: 0, err: "" });
    expect(bastide([word]).out).toMatch(/^bastide \d+\.\d+\.\d+ \(Node 24\./);
    expect(JSON.parse(bastide([word, "--json"]).out)).toMatchObject({ installation });
  });

  it("documents the exit codes", () => {
    expect(bastide(["help", "exit-codes"]).out).toMatch(/7\s+the deployment failed/);
  });
});

describe("mistakes", () => {
  it.each([
    [["deply"], 2, /no command "deply"; did you mean "deploy"\?/],
    [["env", "sett"], 2, /did you mean "env set"\?/],
    [["env"], 2, /"env" needs one more word/],
    [["deploy", "--ap", "x"], 2, /unknown option --ap; did you mean --app\?/],
    [["deploy", "/no/such/place"], 2, /is not a directory/],
    [["deploy", "--app", "a--b"], 2, /single hyphens/],
    [["deploy", "--app", "bastide"], 2, /reserved/],
    [["scale"], 2, /<process=count> is missing/],
    [["ha", "purge", "drill"], 2, /drill was not purged: its name was not typed/],
    [["completion", "tcsh"], 2, /no completion for "tcsh"/],
    [["up", "--port", "70000"], 2, /between 1 and 65535/],
    [["up", "--base-domain", "a b"], 2, /must be a host name/],
    [["login", "ftp://x", "--token-stdin"], 2, /not an address/],
    [["status"], 3, /no platform is known/],
    [["apps", "--project", "acme"], 2, /organisation\/project/],
  ])("bastide %j ends with %i", (words, code, message) => {
    const ran = bastide(words);
    expect(ran.err).toMatch(message);
    expect([ran.code, ran.out]).toEqual([code, ""]);
  });

  it("are one JSON document on standard output with --json, and the same words on standard error", () => {
    const { code, out, err } = bastide(["status", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      error: { reason: "unreachable", exitCode: 3, fix: expect.stringContaining("bastide up") },
    });
    expect(code).toBe(3);
    expect(err).toContain("no platform is known");
  });

  it("name a platform that cannot be reached", () => {
    const ran = bastide(["apps"], {
      env: { BASTIDE_URL: "http://127.0.0.1:1", BASTIDE_TOKEN: "x".repeat(40) },
    });
    expect(ran.code).toBe(3);
    expect(ran.err).toContain("http://127.0.0.1:1 cannot be reached");
  });

  it("never show the token", () => {
    const token = "SECRETSECRETSECRETSECRET";
    const ran = bastide(["apps", "--json"], {
      env: { BASTIDE_URL: "http://127.0.0.1:1", BASTIDE_TOKEN: token },
    });
    expect(ran.out + ran.err).not.toContain(token);
  });

  it("use no colours where there is no terminal", () => {
    expect(bastide(["deply"]).err).not.toContain("\u001B");
  });
});

describe("completion", () => {
  const complete = (words: readonly string[]): string[] => {
    const file = join(directory, "completion.bash");
    writeFileSync(file, bastide(["completion", "bash"]).out);
    const list = words.map((word) => `'${word}'`).join(" ");
    const script = `source ${file}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _bastide; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], {
      encoding: "utf8",
      cwd: directory,
    });
    expect(stderr).toBe("");
    return stdout.split("\n").filter(Boolean);
  };

  it("of bash completes commands, second words and options", () => {
    expect(complete(["bastide", "de"])).toEqual(["deploy", "destroy"]);
    expect(complete(["bastide", "env", ""])).toEqual(["set", "unset", "list"]);
    expect(complete(["bastide", "deploy", "--pre"])).toEqual(["--prebuilt"]);
    expect(complete(["bastide", "env", "set", "--sec"])).toEqual(["--secret"]);
    expect(complete(["bastide", "up", "--ba"])).toEqual(["--base-domain"]);
  });

  it.each(["zsh", "fish"])("of %s names every command and option", (shell) => {
    const { out, code } = bastide(["completion", shell]);
    expect(code).toBe(0);
    for (const spec of commandsOf(COMMANDS)) {
      expect(out).toContain(spec.name.split(" ").at(-1));
      for (const option of Object.keys(spec.options)) expect(out).toContain(option);
    }
  });
});

describe("the launcher", () => {
  it("works through links and from any directory", () => {
    const link = join(directory, "bin/bastide");
    mkdirSync(join(directory, "bin"), { recursive: true });
    symlinkSync(join(installation, "bastide"), join(directory, "bin/real"));
    symlinkSync("real", link);
    const { status, stdout } = spawnSync(link, ["--help"], { cwd: "/", encoding: "utf8" });
    expect(status).toBe(0);
    expect(stdout).toContain("usage: bastide");
  });
});

describe("a manifest", () => {
  const app = join(directory, "app");
  mkdirSync(app);

  it("with an unknown key is refused before anything is sent", () => {
    writeFileSync(join(app, "bastide.yaml"), "app: shop\nproceses:\n  web: { command: x }\n");
    const ran = bastide(["deploy"], { cwd: app });
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/bastide\.yaml:2: .*proceses.*processes/);
  });

  it("is written by init from what was detected, and not replaced unasked", () => {
    rmSync(join(app, "bastide.yaml"));
    writeFileSync(
      join(app, "package.json"),
      JSON.stringify({ name: "x", scripts: { start: "node server.js" } }),
    );
    writeFileSync(join(app, "server.js"), "");
    expect(bastide(["init"], { cwd: app }).code).toBe(0);
    expect(bastide(["init"], { cwd: app })).toMatchObject({
      code: 6,
      err: expect.stringContaining("--force"),
    });
    expect(statSync(join(app, "bastide.yaml")).size).toBeGreaterThan(20);
  });

  it("is not needed, but an app is", () => {
    const empty = join(directory, "empty");
    mkdirSync(empty);
    const ran = bastide(["deploy"], { cwd: empty });
    expect(ran.code).toBe(1);
    expect(ran.err).not.toContain("not foreseen");
  });
});

describe("up", () => {
  it("refuses a directory that holds something else, and changes nothing in it", async () => {
    const foreign = join(directory, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "photo.jpg"), "x");
    const port = String(await anyFreePort());
    const ran = bastide(["up", "--port", port], { env: { BASTIDE_HOME: foreign } });
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining("is not a home of Bastide"),
    });
  });

  it("refuses a damaged home.json and leaves it as it is", () => {
    const damaged = join(directory, "damaged");
    mkdirSync(damaged);
    writeFileSync(join(damaged, "home.json"), '{"format": 1');
    const ran = bastide(["up"], { env: { BASTIDE_HOME: damaged } });
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("is damaged") });
  });

  it("names the owner of a taken port and offers another", () => {
    const port = spawnTaken();
    const ran = bastide(["up", "--port", String(port.port)]);
    port.stop();
    expect(ran.code).toBe(6);
    expect(ran.err).toMatch(new RegExp(`port ${port.port} is taken by process ${port.pid}`));
    expect(ran.err).toMatch(/bastide up --port \d+/);
  });
});

function spawnTaken(): { port: number; pid: number; stop: () => void } {
  const port = 30_000 + (process.pid % 2000);
  const script = `require("net").createServer().listen(${port},"127.0.0.1",()=>{require("fs").writeFileSync("${directory}/listening","")});setTimeout(()=>{},60000)`;
  const child = spawnSync(
    "sh",
    [
      "-c",
      `${process.execPath} -e '${script}' >/dev/null 2>&1 & echo $!; while [ ! -e ${directory}/listening ]; do sleep 0.02; done`,
    ],
    { encoding: "utf8" },
  );
  const pid = Number(child.stdout);
  return { port, pid, stop: () => process.kill(pid, "SIGKILL") };
}

describe("a gateway's file", () => {
  const file = join(directory, "gateway.yaml");

  it("is checked to the column, for people and for programs", () => {
    writeFileSync(file, "routes:\n  - host: a.test\n    upstream: [127.0.0.1:1]\n");
    const ran = bastide(["gateway", "check", "--config", file]);
    expect(ran.out).toBe(
      `${file}:3:5: unknown key "upstream" in routes[0]; did you mean "upstreams"?\n`,
    );
    expect(ran.code).toBe(1);
    const { out } = bastide(["gateway", "check", "--config", file, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ valid: false, problems: [{ line: 3, column: 5 }] });
    writeFileSync(file, "routes: []\n");
    expect(bastide(["gateway", "check", "--config", file])).toMatchObject({
      code: 0,
      out: `${file} is valid\n`,
    });
  });

  it("that is broken or missing does not start a gateway", () => {
    writeFileSync(file, "routes: [\n");
    const ran = bastide(["gateway", "serve", "--config", file]);
    expect(ran.err).toContain(`${file}:2:1: `);
    expect(ran.code).toBe(1);
    expect(bastide(["gateway", "check", "--config", "/no/such.yaml"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("/no/such.yaml"),
    });
  });

  it("has a schema", () => {
    expect(JSON.parse(bastide(["gateway", "schema"]).out)).toHaveProperty("properties.routes");
  });
});
