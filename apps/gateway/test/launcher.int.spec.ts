import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { until } from "./harness/sockets.ts";

const LAUNCHER = join(import.meta.dirname, "../src/launcher/launcher.ts");

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-launcher-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** A launcher in a process of its own, over a program whose first process says what it is told; each writes its role into a file and stays. */
async function launching(first: string) {
  const said = JSON.stringify(join(directory, "said"));
  const program = join(directory, "program.mjs");
  await writeFile(
    program,
    `import { appendFileSync } from "node:fs";
    const say = (text) => appendFileSync(${said}, text + "\\n");
    process.on("message", () => {});
    if (process.env.BASTIDE_SUCCESSOR) { say("successor"); process.send("ready"); }
    else { say("first"); ${first} }`,
  );
  const main = `import { Launcher } from ${JSON.stringify(LAUNCHER)};
    const launcher = new Launcher(${JSON.stringify(program)}, []);
    process.on("SIGTERM", () => launcher.end("SIGTERM"));
    launcher.start();`;
  const file = join(directory, "main.mjs");
  await writeFile(file, main);
  const child = spawn(process.execPath, ["--conditions=source", file], { stdio: "inherit" });
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
  };
  return {
    get hasExited(): boolean {
      return child.exitCode !== null;
    },
    [Symbol.asyncDispose]: end,
  };
}

const said = async (): Promise<string[]> =>
  (await readFile(join(directory, "said"), "utf8").catch(() => "")).split("\n").slice(0, -1);

it("an upgrade that is asked for before the program is ready is remembered until it is", async () => {
  await using launcher = await launching('process.send("upgrade"); process.send("ready");');
  await until("the successor has started", async () => (await said()).includes("successor"));
  expect(await said()).toEqual(["first", "successor"]);
  expect(launcher.hasExited).toBe(false);
});
