import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Node } from "@bastide/contracts";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import {
  INSTALLATION,
  isProgress,
  isStillGoing,
  masked,
  type Step,
  stepsOf,
} from "../src/index.ts";
import { platform } from "./here.ts";

const README = readFileSync(join(INSTALLATION, "README.md"), "utf8");
const blockOf = (language: string, beginning: string): string =>
  new RegExp(`\`\`\`${language}\n(${beginning}[^]*?\n)\`\`\``).exec(README)?.[1] ?? "";

let directory: string;
/** What the README's machine calls something, and what it is called here. */
let names: readonly (readonly [written: string, here: string])[];
/** What `status` says besides where not root runs the platform, as the README's machine does. */
let missing: readonly string[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bastide-readme-"));
  const hello = join(directory, "hello");
  await mkdir(hello);
  await writeFile(join(hello, "package.json"), blockOf("json", "[{]"));
  await writeFile(join(hello, "server.js"), blockOf("js", "const"));
  const { nodes } = await platform().json<{ nodes: Node[] }>(["node", "ls"]);
  const own = nodes[0]?.name;
  missing = (nodes[0]?.facts?.isolation.missing ?? []).map((sentence) => `${own}: ${sentence}`);
  names = [
    ["/root/bastide", INSTALLATION],
    ["/root/hello", hello],
    ["/var/lib/bastide", platform().home],
    [":8080", `:${platform().port}`],
    [":8443", `:${platform().httpsPort}`],
    ['node "vm"', `node "${own}"`],
    ["ready on vm", `ready on ${own}`],
    ["vm    ready", `${own}  ready`],
    ["         vm", `  ${own}`],
  ];
});
afterAll(async () => {
  await platform().cli(["destroy", "--app", "hello", "--yes"]);
  await rm(directory, { recursive: true, force: true });
});

const here = (line: string): string =>
  names.reduce((said, [written, now]) => said.replaceAll(written, now), line);

/** One pipe for both streams, as on a terminal. */
async function type(command: string): Promise<string[]> {
  const child = spawn("/bin/sh", ["-c", `{ ${here(command)}\n} 2>&1`], {
    cwd: join(directory, "hello"),
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      PATH: `${INSTALLATION}:${process.env["PATH"] ?? ""}`,
      BASTIDE_HOME: platform().home,
      NO_COLOR: "1",
    },
  });
  const said = (await text(child.stdout)).split("\n");
  return said.filter((line) => line !== "" && !missing.includes(line) && !isStillGoing(line));
}

const comparable = (lines: readonly string[]) => {
  const shown = lines.map((line) => masked(here(line)));
  return {
    said: shown.filter((line) => !isProgress(line)),
    progress: shown.filter(isProgress).toSorted(),
  };
};

/** A phase that lasts for less than an event takes may go by unseen. */
const SHORT = /^✓ (switching|letting)/;

function expectShown(step: Step, real: readonly string[]): void {
  const [shown, now] = [comparable(step.lines), comparable(real)];
  const unseen = shown.progress.filter((line) => !now.progress.includes(line));
  const unknown = now.progress.filter((line) => !shown.progress.includes(line));
  expect({
    command: step.command,
    said: now.said,
    unknown,
    unseen: unseen.filter((line) => !SHORT.test(line)),
  }).toEqual({ command: step.command, said: shown.said, unknown: [], unseen: [] });
}

it("the session that the README shows is what happens when its commands are typed", async () => {
  const steps = stepsOf(blockOf("", "[$] bastide init"));
  expect(steps).toHaveLength(11);
  for (const step of steps) expectShown(step, await type(step.command));
});

it("the start that the README shows is what `bastide up` says, but for what is of this run", () => {
  const shown = stepsOf(blockOf("", "[$] npm start"))[0]?.lines ?? [];
  const begin = shown.findIndex((line) => line.startsWith("✓ home"));
  const foreground = "Ctrl-C stops it, with every app it runs.";
  const expected = shown
    .slice(begin)
    .map((line) => (line === foreground ? "stop it with: bastide down" : masked(here(line))));
  const real = inject("upSaid")
    .split("\n")
    .filter((line) => line !== "" && line !== `  export BASTIDE_HOME=${platform().home}`)
    .filter((line) => !isStillGoing(line));
  expect(begin).toBeGreaterThan(0);
  expect(real.map(masked)).toEqual(expected);
});
