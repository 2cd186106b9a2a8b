import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const ps = command({
  name: "ps",
  summary: "show an app's instances and its latest deployment",
  options: { ...TARGET_OPTIONS },
  examples: ["bastide ps", "bastide ps --app shop --env staging --json"],
  async run({ options }, context) {
    const { showInstances } = await import("../api/show-instances.ts");
    return showInstances(options, context);
  },
});
