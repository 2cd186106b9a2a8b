import { command } from "../command-line/command.ts";

export const init = command({
  name: "init",
  summary: "look at a directory and write a bastide.yaml for it",
  arguments: [{ name: "directory", summary: "the app's directory (default: this one)" }],
  options: {
    app: {
      type: "string",
      short: "a",
      value: "name",
      summary: "the app's name (default: the directory's)",
    },
    force: { type: "boolean", summary: "replace a bastide.yaml that is there" },
  },
  examples: ["bastide init", "bastide init ./shop --app shop"],
  async run(input, context) {
    const { runInit } = await import("../deploy/run-init.ts");
    return runInit(input.arguments[0] ?? ".", input.options, context);
  },
});
