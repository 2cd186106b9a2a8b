import { ProcessName, ProcessSpec } from "@bastide/contracts";
import { BuilderError } from "../builder-error.ts";
import { builtScripts, withoutMissingFiles } from "./built-scripts.ts";
import { developmentPackage } from "./development-only.ts";
import type { PackageJson } from "./package-json.ts";
import type { SourceTree } from "./source-tree.ts";

import { withoutManager } from "./start-command.ts";

export type Processes = Readonly<Record<string, ProcessSpec>>;

/** Processes and, for each, where it was found: "Procfile", "npm start" … */
export interface FoundProcesses {
  readonly processes: Processes;
  readonly from: string;
  readonly warnings: readonly string[];
  /** They are started by programs or modules that the app lists for development only. */
  readonly needsDevelopment?: boolean;
}

export const commandOnly = (command: string): ProcessSpec => ProcessSpec.parse({ command });

/** One `name: command` a line, `#` for comments. Throws `invalid-manifest` naming the line. */
export function readProcfile(tree: SourceTree, app?: PackageJson): FoundProcesses | undefined {
  const text = tree.read("Procfile");
  if (text === undefined) return undefined;
  const processes: Record<string, ProcessSpec> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const { name, command } = procfileLine(line, index + 1);
    if (Object.hasOwn(processes, name))
      throw badLine(index + 1, `the process "${name}" comes twice`);
    const resolved = withoutManager(command, app === undefined ? {} : builtScripts(app));
    processes[name] = commandOnly(withoutMissingFiles(resolved === "" ? command : resolved, tree));
  }
  const needsDevelopment = Object.values(processes).some(
    (process) => app !== undefined && developmentPackage(process.command, app) !== undefined,
  );
  return { ...withoutRelease(processes), from: "Procfile", needsDevelopment };
}

function procfileLine(line: string, number: number): { name: string; command: string } {
  const match = /^\s*([\w-]+)\s*:\s*(\S.*?)\s*$/.exec(line);
  const [, name, command] = match ?? [];
  if (name === undefined || command === undefined)
    throw badLine(number, `"${line.trim().slice(0, 80)}" is not of the form \`name: command\``);
  const checked = ProcessName.safeParse(name);
  if (!checked.success) throw badLine(number, checked.error.issues[0]?.message ?? "bad name");
  return { name, command };
}

const badLine = (number: number, what: string): BuilderError =>
  new BuilderError("invalid-manifest", `Procfile, line ${number}: ${what}.`);

/** Heroku runs `release` once before each release; here it would be started and restarted for ever. */
function withoutRelease(
  processes: Record<string, ProcessSpec>,
): Pick<FoundProcesses, "processes" | "warnings"> {
  const { release, ...rest } = processes;
  const warning = "the Procfile's `release` command is not run: do its work when the app starts";
  return { processes: rest, warnings: release === undefined ? [] : [warning] };
}

const ENTRY_FILES = [
  "server.js",
  "index.js",
  "server.mjs",
  "index.mjs",
  "app.js",
  "server.ts",
  "index.ts",
];

/** `main`, if it is there or the build may still make it; else a file with a usual name. */
export function entryFile(tree: SourceTree, app: PackageJson): FoundProcesses | undefined {
  const main = app.main?.replace(/^\.\//, "");
  const isMade = main !== undefined && (tree.has(main) || /^(?:dist|build|lib|out)\//.test(main));
  const file = isMade ? main : ENTRY_FILES.find((name) => tree.has(name));
  if (file === undefined || !/^[\w./@-]+$/.test(file)) return undefined;
  const from = isMade ? "main in package.json" : file;
  return { processes: { web: commandOnly(`node ${file}`) }, from, warnings: [] };
}
