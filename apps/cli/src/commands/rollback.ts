import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const rollback = command({
  name: "rollback",
  summary: "run an earlier release again, without a build",
  arguments: [
    { name: "version", summary: "such as 3 or v3 (default: the one before the current)" },
  ],
  options: {
    ...TARGET_OPTIONS,
    wait: { type: "boolean", default: true, summary: "return at once" },
  },
  examples: ["bastide rollback", "bastide rollback v3 --app shop"],
  async run(input, context) {
    const { beginToFindPlatform } = await import("../api/find-platform.ts");
    const { found } = await beginToFindPlatform(context);
    const { rollBack } = await import("../deploy/roll-back.ts");
    return rollBack(input.arguments[0], input.options, context, found);
  },
});
