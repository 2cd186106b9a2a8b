import type { Output } from "../output/output.ts";
import { COMMON_OPTIONS, type Command, type OptionTable } from "./command.ts";
import { usage } from "./parse.ts";
import { type CommandTable, commandsOf } from "./run.ts";

const GENERATORS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Prints the completion script of a shell, made from the table of commands. */
export function printCompletion(shell: string, table: CommandTable, output: Output): number {
  const generate = GENERATORS[shell];
  if (generate === undefined)
    throw usage(`there is no completion for "${shell}", only for bash, zsh and fish`, "completion");
  const script = generate(commandsOf(table));
  output.answer({ shell, script }, () => script);
  return 0;
}

const optionsOf = (spec: Command): OptionTable => ({ ...spec.options, ...COMMON_OPTIONS });

const flagsOf = (spec: Command): string[] =>
  Object.entries(optionsOf(spec)).map(([name, option]) =>
    option.default === true ? `--no-${name}` : `--${name}`,
  );

const firstWords = (commands: readonly Command[]): string[] => [
  ...new Set(commands.map((spec) => spec.name.split(" ")[0] ?? "")),
];

/** The second words of `env` and `token`. */
function secondWords(commands: readonly Command[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [first = "", second] of commands.map((spec) => spec.name.split(" ")))
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second]);
  return groups;
}

function bashCompletion(commands: readonly Command[]): string {
  const groups = [...secondWords(commands)].map(
    ([first, words]) => `    ${first}) [ "$COMP_CWORD" -eq 2 ] && words="${words.join(" ")}" ;;`,
  );
  const flags = commands.map(
    (spec) => `    "${spec.name}"*) flags="${flagsOf(spec).join(" ")}" ;;`,
  );
  return `# bash completion of bastide: source <(bastide completion bash)
_bastide() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="" flags=""
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${flags.join("\n")}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${firstWords(commands).join(" ")} help"; fi
  case "\${COMP_WORDS[1]}" in
${groups.join("\n")}
    completion) words="bash zsh fish" ;;
  esac
  case "$current" in -*) words="$flags" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -o default -- "$current"))
}
complete -o filenames -F _bastide bastide
`;
}

const zshQuoted = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(":", "\\:");

function zshCompletion(commands: readonly Command[]): string {
  const described = commands.map(
    (spec) => `    '${zshQuoted(spec.name)}:${zshQuoted(spec.summary)}'`,
  );
  const flags = commands.map(
    (spec) => `    '${spec.name}'*) compadd -- ${flagsOf(spec).join(" ")} ;;`,
  );
  const groups = [...secondWords(commands)].map(
    ([first, words]) => `    ${first}) (( CURRENT == 3 )) && compadd -- ${words.join(" ")} ;;`,
  );
  return `#compdef bastide
# zsh completion of bastide: bastide completion zsh > a file named _bastide in $fpath
_bastide() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )); then
    compadd -- ${firstWords(commands).join(" ")} help
    return
  fi
  if [[ $words[CURRENT] == -* ]]; then
    case "$words[2] $words[3]" in
${flags.join("\n")}
    esac
    return
  fi
  case "$words[2]" in
${groups.join("\n")}
    completion) compadd -- bash zsh fish ;;
    *) _files ;;
  esac
}
_bastide "$@"
`;
}

const fishQuoted = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

function fishCompletion(commands: readonly Command[]): string {
  const firsts = firstWords(commands).map((word) => {
    const summary = commands.find((spec) => spec.name === word)?.summary ?? `${word} …`;
    return `complete -c bastide -n __fish_use_subcommand -f -a ${word} -d '${fishQuoted(summary)}'`;
  });
  const seconds = [...secondWords(commands)].map(
    ([first, words]) =>
      `complete -c bastide -n '__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${words.join(" ")}' -f -a '${words.join(" ")}'`,
  );
  const options = commands.flatMap((spec) => {
    const condition = spec.name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    return Object.entries(optionsOf(spec)).map(([name, option]) => {
      const flag = option.default === true ? `no-${name}` : name;
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      const value = option.type === "boolean" ? "" : " -r";
      return `complete -c bastide -n '${condition}' -l ${flag}${short}${value} -d '${fishQuoted(option.summary)}'`;
    });
  });
  return `# fish completion of bastide\n${[...firsts, ...seconds, ...options].join("\n")}\ncomplete -c bastide -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n`;
}
