import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const envSet = command({
  name: "env set",
  summary: "set variables; running instances are replaced one by one",
  description:
    "NAME=value sets a value; NAME alone reads it from standard input, so that it is in no process list and no shell\nhistory. With --stdin, lines of NAME=value are read from standard input.",
  arguments: [{ name: "NAME=value", summary: "or NAME, read from standard input", variadic: true }],
  options: {
    ...TARGET_OPTIONS,
    secret: {
      type: "boolean",
      short: "s",
      summary: "encrypt the values; they are never shown again",
    },
    stdin: { type: "boolean", summary: "read NAME=value lines from standard input" },
    wait: { type: "boolean", default: true, summary: "return at once" },
  },
  examples: [
    "bastide env set LOG_LEVEL=debug",
    "bastide env set DATABASE_URL --secret < database-url.txt",
    "bastide env set --stdin --secret < production.env",
  ],
  async run(input, context) {
    const { setVariables } = await import("../deploy/change-variables.ts");
    return setVariables(input.arguments, input.options, context);
  },
});

export const envUnset = command({
  name: "env unset",
  summary: "remove variables; running instances are replaced one by one",
  arguments: [{ name: "NAME", summary: "a variable's name", required: true, variadic: true }],
  options: {
    ...TARGET_OPTIONS,
    wait: { type: "boolean", default: true, summary: "return at once" },
  },
  examples: ["bastide env unset LOG_LEVEL"],
  async run(input, context) {
    const { unsetVariables } = await import("../deploy/change-variables.ts");
    return unsetVariables(input.arguments, input.options, context);
  },
});

export const envList = command({
  name: "env list",
  summary: "list variables; secret values are not shown",
  options: { ...TARGET_OPTIONS },
  examples: ["bastide env list", "bastide env list --app shop --json"],
  async run({ options }, context) {
    const { listVariables } = await import("../deploy/change-variables.ts");
    return listVariables(options, context);
  },
});
