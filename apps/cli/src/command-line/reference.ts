import type { Command } from "./command.ts";
import { commandHelp, exitCodesHelp } from "./help.ts";

const HEAD = `# The bastide command

Made from the table of commands that the help and the parser use (\`apps/cli/src/commands\`); a test holds it to that.
\`--json\` answers with one JSON document on standard output; everything for people goes to standard error.`;

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;

const chapter = ([title, commands]: [string, readonly Command[]]): string =>
  [
    `## ${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    ...commands.flatMap((spec) => [`### bastide ${spec.name}`, fenced(commandHelp(spec))]),
  ].join("\n\n");

/** Every command's help as one Markdown document: `docs/cli.md`. */
export function cliReference(groups: Readonly<Record<string, readonly Command[]>>): string {
  const chapters = Object.entries(groups).map(chapter);
  return `${[HEAD, ...chapters, "## Exit codes", fenced(exitCodesHelp())].join("\n\n")}\n`;
}
