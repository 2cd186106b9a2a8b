import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const scale = command({
  name: "scale",
  summary: "change how many instances of each process run; 0 stops it",
  arguments: [{ name: "process=count", summary: "such as web=2", required: true, variadic: true }],
  options: {
    ...TARGET_OPTIONS,
    wait: { type: "boolean", default: true, summary: "return at once" },
  },
  examples: ["bastide scale web=2", "bastide scale web=3 worker=1 --app shop"],
  async run(input, context) {
    const { scaleApp } = await import("../deploy/scale-app.ts");
    return scaleApp(input.arguments, input.options, context);
  },
});
