import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const destroy = command({
  name: "destroy",
  summary: "stop an app in every environment and delete it with its releases",
  options: {
    // No --env: an app goes with all of its environments, and nobody may think otherwise.
    app: TARGET_OPTIONS.app,
    project: TARGET_OPTIONS.project,
    yes: { type: "boolean", short: "y", summary: "do not ask for the name" },
  },
  examples: ["bastide destroy --app shop", "bastide destroy --app shop --yes"],
  async run({ options }, context) {
    const { destroyApp } = await import("../api/destroy-app.ts");
    return destroyApp(options, context);
  },
});
