import { builtScripts, withoutMissingFiles } from "./built-scripts.ts";
import { developmentPackage } from "./development-only.ts";
import { isDevServer, serverCommand } from "./frameworks.ts";
import { hasScript, type PackageJson } from "./package-json.ts";
import { commandOnly, type FoundProcesses } from "./processes.ts";
import type { SourceTree } from "./source-tree.ts";
import { scriptCommand } from "./start-command.ts";

/** Scripts that start an app, in the order of trust. */
const START_SCRIPTS = ["start", "start:prod", "start:production", "prod", "production"] as const;

interface Candidate {
  readonly name: string;
  readonly command: string;
  /** A development dependency that the command needs. */
  readonly needs: string | undefined;
}

/**
 * The command of a start script, one that runs without development dependencies before one that does not; else what
 * the app's framework builds to be run. Undefined where scripts only serve developers.
 */
export function startScript(app: PackageJson, tree: SourceTree): FoundProcesses | undefined {
  const candidates = START_SCRIPTS.flatMap((name) => candidate(name, app, tree));
  const found = candidates.find(({ needs }) => needs === undefined) ?? candidates[0];
  if (found === undefined) return builtServer(app);
  const { name, command, needs } = found;
  const from = name === "start" ? "the start script" : `the script ${name}`;
  return {
    processes: { web: commandOnly(command) },
    from,
    warnings: [...missing(command, app), ...(needs === undefined ? [] : [kept(needs)])],
    needsDevelopment: needs !== undefined,
  };
}

const kept = (name: string): string =>
  `the app starts with \`${name}\`, which is in devDependencies, so all of them stay installed: move it to dependencies, or add a start:prod script that does without`;

function candidate(name: string, app: PackageJson, tree: SourceTree): readonly Candidate[] {
  if (!hasScript(app, name)) return [];
  const command = withoutMissingFiles(scriptCommand(name, builtScripts(app)), tree);
  if (command === "" || isDevServer(command)) return [];
  return [{ name, command, needs: developmentPackage(command, app) }];
}

function builtServer(app: PackageJson): FoundProcesses | undefined {
  const server = serverCommand(app);
  if (server === undefined) return undefined;
  const processes = { web: commandOnly(server.command) };
  return { processes, from: server.name, warnings: [], needsDevelopment: false };
}

/** What `npx` is to run and nothing installs comes from the registry, at each start and in its newest version. */
function missing(command: string, app: PackageJson): readonly string[] {
  const name = /npx-cli\.js --yes -- ((?:@[\w.-]+\/)?[\w.-]+)/.exec(command)?.[1];
  const listed = [app.dependencies, app.devDependencies, app.optionalDependencies];
  if (name === undefined || listed.some((group) => Object.hasOwn(group, name))) return [];
  return [`\`npx ${name}\` downloads it at each start: add ${name} to dependencies`];
}
