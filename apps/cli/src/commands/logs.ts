import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const logs = command({
  name: "logs",
  summary: "show an app's log lines",
  streams: true,
  options: {
    ...TARGET_OPTIONS,
    follow: { type: "boolean", short: "f", summary: "go on with new lines until Ctrl-C" },
    tail: {
      type: "integer",
      short: "n",
      value: "lines",
      summary: "lines from the past, per instance (default 100)",
    },
    process: { type: "string", value: "name", summary: "only this process, such as web" },
    instance: { type: "string", value: "id", summary: "only this instance" },
  },
  examples: ["bastide logs -f", "bastide logs --app shop --process worker --tail 20"],
  async run({ options }, context) {
    const { showLogs } = await import("../api/show-logs.ts");
    return showLogs(options, context);
  },
});
