import { command } from "../command-line/command.ts";

export const apps = command({
  name: "apps",
  summary: "list the apps of a project",
  options: {
    project: {
      type: "string",
      short: "p",
      value: "org/project",
      summary: "organisation and project (default: main/main)",
    },
  },
  examples: ["bastide apps", "bastide apps --project acme/web --json"],
  async run({ options }, context) {
    const { showApps } = await import("../api/show-apps.ts");
    return showApps(options.project, context);
  },
});
