import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const releases = command({
  name: "releases",
  summary: "list an app's releases, newest first",
  options: { ...TARGET_OPTIONS },
  examples: ["bastide releases", "bastide releases --app shop --json"],
  async run({ options }, context) {
    const { showReleases } = await import("../api/show-releases.ts");
    return showReleases(options, context);
  },
});
