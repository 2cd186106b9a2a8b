import { NODE_IN_SANDBOX, NPM_IN_SANDBOX, NPX_IN_SANDBOX } from "./platform.ts";

type Scripts = Readonly<Record<string, string>>;

/** A script that runs a script that runs … ends somewhere. */
const MAX_HOPS = 8;
const PLAIN = String.raw`[\w:.-]+`;
const RUNS_SCRIPT = new RegExp(
  `^(?:npm(?: run| run-script)?|pnpm(?: run)?|yarn(?: run)?|node --run)(?: (?:-s|--silent))? (${PLAIN})$`,
);
/** What `npm x` means without `run`. */
const NPM_SHORTHANDS: ReadonlySet<string> = new Set(["start", "test", "stop", "restart"]);
const RUNS_BINARY = /^(?:pnpm exec|pnpm|yarn exec|yarn run|yarn) (?!-)(.+)$/;
/** What makes `&&` more than a plain sequence. */
const NOT_PLAIN = /["'`();|\\\n]|\$\(/;

/**
 * A command without the package manager around it: `npm start` becomes the script's own text, with its `pre` and `post`
 * scripts, so that no second process costs memory and swallows the stop signal. What still needs npm names it by its
 * place in the sandbox. Scripts find their binaries because instances have `node_modules/.bin` on their PATH.
 * Empty when nothing is left to run.
 */
export function withoutManager(command: string, scripts: Scripts, hops = 0): string {
  const text = command.trim();
  const parts = NOT_PLAIN.test(text) ? [text] : text.split(/\s+&&\s+/);
  const moved = parts.findIndex((part) => /^(?:cd|pushd)\b/.test(part));
  return parts
    .map((part, index) =>
      // In another directory it is another package.json that says what `npm start` means.
      moved !== -1 && index >= moved ? part : partWithoutManager(part, scripts, hops),
    )
    .filter((part) => part !== "")
    .join(" && ");
}

function partWithoutManager(text: string, scripts: Scripts, hops: number): string {
  const name = scriptOf(text);
  if (name !== undefined && Object.hasOwn(scripts, name) && hops < MAX_HOPS)
    return scriptCommand(name, scripts, hops + 1);
  const binary = RUNS_BINARY.exec(text)?.[1];
  return forUsers(binary ?? text)
    .replace(/^npm (?=\S)/, `${NODE_IN_SANDBOX} ${NPM_IN_SANDBOX} `)
    .replace(
      /^((?:\w+=\S+ )*)npx (?:(?:-y|--yes|--no|--no-install|--) )*(?=\S)/,
      `$1${NODE_IN_SANDBOX} ${NPX_IN_SANDBOX} --yes -- `,
    );
}

/** What watches files for its developer would, after a crash, wait for a change that never comes. */
const forUsers = (command: string): string =>
  command
    .replace(/^((?:\w+=\S+ )*)cross-env (?=\w+=)/, "$1")
    .replace(
      /^((?:\w+=\S+ )*)nodemon (?:(?:-L|-q|--quiet|--legacy-watch) )*(?=[\w./-]+$)(?!\S+\.tsx?$)/,
      "$1node ",
    )
    .replace(/^((?:\w+=\S+ )*node (?:.* )?)--watch /, "$1");

/** The text of a script, its `pre` and `post` scripts around it. */
export function scriptCommand(name: string, scripts: Scripts, hops = 0): string {
  return [`pre${name}`, name, `post${name}`]
    .flatMap((part) => (Object.hasOwn(scripts, part) ? [scripts[part] ?? ""] : []))
    .filter((script) => script.trim() !== "")
    .map((script) => withoutManager(script, scripts, hops))
    .filter((script) => script !== "")
    .join(" && ");
}

function scriptOf(text: string): string | undefined {
  const name = RUNS_SCRIPT.exec(text)?.[1];
  const isShort = /^npm \S+$/.test(text);
  return name !== undefined && isShort && !NPM_SHORTHANDS.has(name) ? undefined : name;
}

/** Words that only lead to the program, npx as this platform calls it among them. */
const LEADS_ON: ReadonlySet<string> = new Set([
  "exec",
  "env",
  "cross-env",
  NODE_IN_SANDBOX,
  NPX_IN_SANDBOX,
  "--yes",
  "--",
]);

/** The first word that is a program: after variables, `exec`, `env` and npx; without a scope or a version. */
export function programOf(command: string): string | undefined {
  return command
    .trim()
    .split(/\s+/)
    .find((word) => !/^\w+=/.test(word) && !LEADS_ON.has(word))
    ?.replace(/^@[\w.-]+\//, "")
    .replace(/(?<=.)@.*$/, "");
}
