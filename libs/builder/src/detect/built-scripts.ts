import type { PackageJson } from "./package-json.ts";
import type { SourceTree } from "./source-tree.ts";

/** The scripts of an app whose build has run: a start script that builds first need not do it again. */
export function builtScripts({ scripts }: PackageJson): Readonly<Record<string, string>> {
  const { build } = scripts;
  if (build === undefined) return scripts;
  const alone = Object.entries(scripts).map(([name, text]): [string, string] => [
    name,
    text.startsWith(`${build} && `) ? text.slice(`${build} && `.length) : text,
  ]);
  return { ...Object.fromEntries(alone), prebuild: "", build: "", postbuild: "" };
}

/** Node ends when a file of `--env-file` is not there; here variables come from the environment instead. */
export const withoutMissingFiles = (command: string, tree: SourceTree): string =>
  command.replace(/--env-file[ =]([\w./-]+)/g, (option, path: string) =>
    tree.has(path.replace(/^\.\//, "")) ? option : `--env-file-if-exists=${path}`,
  );
