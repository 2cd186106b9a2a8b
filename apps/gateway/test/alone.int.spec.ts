import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMPILED } from "../../../tools/testing/compiled.ts";
import { ask } from "./harness/http-client.ts";
import { Load } from "./harness/load.ts";
import { deadPort, httpApp, until } from "./harness/sockets.ts";

const MAIN = join(import.meta.dirname, "../src/alone.ts");
const HOST = "shop.localhost";
const headers = { host: HOST };
const named = (name: string) => httpApp((_, response) => response.end(name));

let directory: string;
let file: string;
let port: number;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-alone-"));
  file = join(directory, "gateway.yaml");
  port = await deadPort();
});
afterEach(() => rm(directory, { recursive: true }));

const write = (upstream: number, more = "") =>
  writeFile(
    file,
    `listen: { port: ${port} }\nstateDirectory: ${directory}/state\nroutes:\n  - host: ${HOST}\n    upstreams: [127.0.0.1:${upstream}]\n${more}`,
  );

/** The program itself, as a process. */
class Alone implements AsyncDisposable {
  readonly child: ChildProcess;
  output = "";

  constructor() {
    this.child = spawn(process.execPath, ["--conditions=source", MAIN, "serve", file], {
      env: { NODE_COMPILE_CACHE: COMPILED },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk) => (this.output += String(chunk)));
  }

  says(text: string): Promise<void> {
    return until(`it says ${text}`, () => this.output.includes(text));
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await once(this.child, "exit");
    }
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGTERM");
  }
}

describe("a gateway alone", () => {
  it("serves its file, and a change of it is in force without a failed request", async () => {
    await using one = await named("one");
    await using two = await named("two");
    await write(one.port);
    await using gateway = new Alone();
    await gateway.says("listening");
    expect((await ask(port, "/", { headers })).body).toBe("one");
    const load = new Load(port, HOST, 4);
    await write(two.port);
    await until("it is in force", async () => (await ask(port, "/", { headers })).body === "two");
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(await gateway.end("SIGTERM")).toBe(0);
  });

  it("refuses a broken change whole, says why and where, and takes the next good one at SIGHUP", async () => {
    await using one = await named("one");
    await using two = await named("two");
    await write(one.port);
    await using gateway = new Alone();
    await gateway.says("listening");
    await write(two.port, "    setings: {}\n");
    await gateway.says('did you mean \\"settings\\"?');
    expect(gateway.output).toContain('"line":6,"column":5');
    expect((await ask(port, "/", { headers })).body).toBe("one");
    await write(two.port, `  - host: ${HOST}\n    upstreams: [127.0.0.1:${two.port}]\n`);
    await gateway.says("two routes overlap");
    expect((await ask(port, "/", { headers })).body).toBe("one");
    await write(two.port, "workers: 2\n");
    await gateway.says("workers changed; restart the gateway for that");
    await write(two.port);
    gateway.child.kill("SIGHUP");
    await until("it is in force", async () => (await ask(port, "/", { headers })).body === "two");
  });

  it("keeps clients with their instances across a restart", async () => {
    await using one = await named("one");
    await using two = await named("two");
    await writeFile(
      file,
      `listen: { port: ${port} }\nstateDirectory: ${directory}/state\nroutes:\n  - host: ${HOST}\n    upstreams: [127.0.0.1:${one.port}, 127.0.0.1:${two.port}]\n    settings: { stickyCookie: at }\n`,
    );
    let cookie = "";
    let body = "";
    for (let start = 0; start < 2; start++) {
      await using gateway = new Alone();
      await gateway.says("listening");
      for (let i = 0; i < 5; i++) {
        const answer = await ask(port, "/", { headers: { host: HOST, cookie } });
        cookie ||= answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
        body ||= answer.body;
        expect(answer.body).toBe(body);
      }
    }
  });

  it("does not start with a broken file, and says where it is broken", async () => {
    await writeFile(file, `routes:\n  - hst: a.test\nlisten: { port: ${port} }\n`);
    await using gateway = new Alone();
    await once(gateway.child, "exit");
    expect(gateway.child.exitCode).toBe(78);
    expect(gateway.output).toContain(
      `${file}:2:5: unknown key "hst" in routes[0]; did you mean "host"?`,
    );
  });
});

describe("checking", () => {
  const run = (...words: string[]) =>
    new Promise<{ code: number | string | null | undefined; out: string; err: string }>((resolve) =>
      execFile(
        process.execPath,
        ["--conditions=source", MAIN, ...words],
        { env: { NODE_COMPILE_CACHE: COMPILED } },
        (error, out, err) => resolve({ code: error?.code ?? 0, out, err }),
      ),
    );

  it("says what is wrong for people and for programs, and that a good file is good", async () => {
    await write(1);
    expect(await run("check", file)).toMatchObject({
      code: 0,
      out: `${file} is valid: 1 routes\n`,
    });
    await write(1, "    path: no\n");
    expect(await run("check", file)).toMatchObject({
      code: 78,
      out: "",
      err: expect.stringContaining(`${file}:6:11: routes[0].path`),
    });
    const json = await run("check", file, "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      valid: false,
      problems: [{ line: 6, column: 11 }],
    });
  });

  it("prints the schema", async () =>
    expect(JSON.parse((await run("schema")).out)).toHaveProperty("properties.routes"));
});
