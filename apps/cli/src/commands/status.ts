import { command } from "../command-line/command.ts";

export const status = command({
  name: "status",
  summary: "whether the platform is healthy, and what runs since when",
  options: {},
  examples: ["bastide status", "bastide status --json"],
  async run(_, context) {
    const { showStatus } = await import("../supervisor/show-status.ts");
    return showStatus(context);
  },
});
