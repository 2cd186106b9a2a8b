import { command } from "../command-line/command.ts";

export const down = command({
  name: "down",
  summary: "stop the platform on this machine, with every app it runs",
  options: {},
  examples: ["bastide down", "BASTIDE_HOME=/srv/bastide bastide down"],
  async run(_, context) {
    const { runDown } = await import("../supervisor/run-down.ts");
    return runDown(context);
  },
});
