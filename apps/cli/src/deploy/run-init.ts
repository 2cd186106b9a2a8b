import { statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppName, type BuildPlan } from "@bastide/contracts";
import { stringify } from "yaml";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import { nameFrom } from "./app-name.ts";
import { manifestFile } from "./manifest.ts";
import { planOf } from "./plan.ts";

interface InitOptions {
  readonly app: string | undefined;
  readonly force: boolean;
}

/** `bastide init`: writes down what was detected, ready to be changed. */
export async function runInit(
  path: string,
  options: InitOptions,
  context: Context,
): Promise<number> {
  const directory = resolve(context.workingDirectory, path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new Failure("usage", `${directory} is not a directory`);
  const existing = manifestFile(directory);
  if (existing !== undefined && !options.force)
    throw new Failure("conflict", `${join(directory, existing)} exists already`, {
      fix: "edit it, or replace it with: bastide init --force",
    });
  const app = checkedName(options.app ?? nameFrom(directory.split("/").at(-1) ?? ""));
  const plan = await planOf(directory, false);
  const file = join(directory, existing ?? "bastide.yaml");
  writeFileSync(file, manifestText(app, plan));
  context.output.answer({ file, app, plan }, () =>
    [
      `${file} was written`,
      ...plan.summary.map((line) => `  ${line}`),
      "next: bastide deploy",
    ].join("\n"),
  );
  return 0;
}

function checkedName(name: string): string {
  const checked = AppName.safeParse(name);
  if (checked.success) return checked.data;
  throw new Failure("usage", checked.error.issues[0]?.message ?? "the app's name is not valid", {
    fix: "give another: bastide init --app <name>",
  });
}

/** The name is set; everything else is a comment that shows what was detected and what can be said. */
export function manifestText(app: string, plan: BuildPlan): string {
  const processes = Object.fromEntries(
    Object.entries(plan.processes).map(([name, { command, instances }]) => [
      name,
      { command, instances },
    ]),
  );
  const detected = stringify({
    build: {
      ...(plan.install === undefined ? {} : { install: plan.install }),
      ...(plan.build === undefined ? {} : { command: plan.build }),
      ...(plan.output === undefined ? {} : { output: plan.output }),
    },
    processes,
    env: { LOG_LEVEL: "info" },
  });
  const commented = detected
    .trimEnd()
    .split("\n")
    .map((line) => `# ${line}`);
  const summary = plan.summary.map((line) => `#   ${line}`);
  return `app: ${app}\n\n# Detected:\n${summary.join("\n")}\n#\n# All of it can be said here instead:\n${commented.join("\n")}\n`;
}
