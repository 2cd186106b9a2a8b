import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const cancel = command({
  name: "cancel",
  summary: "give up a deployment that is under way; what serves keeps serving",
  arguments: [{ name: "deployment", summary: "its id (default: the latest)" }],
  options: { ...TARGET_OPTIONS },
  examples: ["bastide cancel", "bastide cancel 0198f5a4-2b1c-7d3e-8f90-123456789abc"],
  async run(input, context) {
    const { cancelDeployment } = await import("../deploy/cancel-deployment.ts");
    return cancelDeployment(input.arguments[0], input.options, context);
  },
});
