import { command } from "../command-line/command.ts";

export const completion = command({
  name: "completion",
  summary: "print the completion for a shell",
  arguments: [{ name: "shell", summary: "bash, zsh or fish", required: true }],
  options: {},
  examples: [
    "source <(bastide completion bash)",
    "bastide completion zsh > ~/.zfunc/_bastide",
    "bastide completion fish > ~/.config/fish/completions/bastide.fish",
  ],
  async run(input, context) {
    const { printCompletion } = await import("../command-line/completion.ts");
    const { COMMANDS } = await import("./table.ts");
    return printCompletion(input.arguments[0] ?? "", COMMANDS, context.output);
  },
});
