import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { until } from "./harness/sockets.ts";

const LAUNCHER = join(import.meta.dirname, "../src/launcher/launcher.ts");

/** Ends with its launcher, and says which of the programs it is; the first wants to be followed before it is ready. */
const PROGRAM = `
  process.on("disconnect", () => process.exit());
  const isNext = process.env.BASTIDE_SUCCESSOR === "1";
  console.log(isNext ? "next" : "first");
  if (!isNext) process.send("upgrade");
  process.send("ready");`;

/** What the programs of a launcher that runs by itself print. */
async function launched(text: string): Promise<{ lines: () => string[] } & AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "bastide-launcher-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const file = join(directory, "program.mjs");
  await writeFile(file, text);
  const starter = join(directory, "starter.mjs");
  await writeFile(
    starter,
    `import { Launcher } from ${JSON.stringify(LAUNCHER)};
    new Launcher(${JSON.stringify(file)}, []).start();`,
  );
  const child = spawn(process.execPath, ["--conditions=source", starter], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Its programs have its standard output, and end when it does.
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  stack.defer(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += String(chunk)));
  return {
    lines: () => printed.split("\n").filter((line) => line !== ""),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

it("remembers an upgrade that a program asks for before it is ready", async () => {
  await using launcher = await launched(PROGRAM);
  await until("its successor runs", () => launcher.lines().length === 2);
  expect(launcher.lines()).toEqual(["first", "next"]);
});
