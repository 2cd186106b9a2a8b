import { realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { seconds } from "../output/progress.ts";
import type { Started } from "./supervise.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What to do next, in commands that work as they are in another terminal. */
export function welcome(started: Started, environment: Environment, installation: string): string {
  const before = [
    ...(isOnPath(environment, installation) ? [] : [`export PATH="$PATH:${installation}"`]),
    ...homeCommand(environment),
  ];
  return started.healthy
    ? healthyText(started, [...before, "cd <your app>", "bastide deploy", "bastide open"])
    : stoppedText(started, [...before, "bastide ha start gateway"]);
}

const healthyText = (
  { url, httpsUrl, probe, tookMs }: Started,
  commands: readonly string[],
): string => `
Bastide is up: ${url}   (${seconds(tookMs)})
and by HTTPS:  ${httpsUrl}   (its own certificate authority: \`bastide trust\`)

Deploy an app of yours, in another terminal:
${indented(commands)}

(${probe} is the small app that was deployed to check all this.)`;

const stoppedText = ({ url, tookMs }: Started, commands: readonly string[]): string => `
Bastide is up, but its gateway was stopped by an operator   (${seconds(tookMs)})

Nothing answers at ${url} nor at apps' hosts until it is started:
${indented(commands)}`;

const indented = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join("\n");

/** A home that was chosen has to be chosen again by whoever uses it. */
function homeCommand(environment: Environment): string[] {
  const home = environment["BASTIDE_HOME"] ?? "";
  return home === "" ? [] : [`export BASTIDE_HOME=${home}`];
}

/** Whether `bastide` alone is this installation's launcher. */
function isOnPath(environment: Environment, installation: string): boolean {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter(Boolean);
  const first = folders.map((folder) => realPathOf(join(folder, "bastide"))).find(Boolean);
  return first !== undefined && first === realPathOf(join(installation, "bastide"));
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
