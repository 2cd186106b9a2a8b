import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const open = command({
  name: "open",
  summary: "show an app's address, and open it in the browser where there is one",
  options: { ...TARGET_OPTIONS },
  examples: ["bastide open", "bastide open --app shop --env staging"],
  async run({ options }, context) {
    const { openApp } = await import("../api/open-app.ts");
    return openApp(options, context);
  },
});
