import { TARGET_OPTIONS } from "../api/target-options.ts";
import { command } from "../command-line/command.ts";

export const deploy = command({
  name: "deploy",
  summary: "build and run the app in a directory or a Git repository",
  description:
    "Shows what was detected, uploads the source, builds it on the platform, starts it, and switches requests over when it\nkeeps its promises. When anything fails, what served before keeps serving.",
  arguments: [
    { name: "source", summary: "directory (default: this one) or Git address, with #branch" },
  ],
  options: {
    ...TARGET_OPTIONS,
    wait: {
      type: "boolean",
      default: true,
      summary: "return at once; `bastide ps` shows how it goes",
    },
    prebuilt: { type: "boolean", summary: "the directory is built already: run it as it is" },
    "verify-reproducible": { type: "boolean", summary: "build twice and compare" },
    description: {
      type: "string",
      short: "m",
      value: "text",
      summary: "what this is, kept with the release",
    },
    steps: {
      type: "string",
      value: "10,50,100",
      summary: "give the new release its requests in steps, in per cent",
    },
    "step-seconds": { type: "integer", value: "seconds", summary: "time between two steps" },
    "drain-seconds": {
      type: "integer",
      value: "seconds",
      summary: "longest time for old requests to finish",
    },
  },
  examples: [
    "bastide deploy",
    "bastide deploy ./shop --app shop --env staging",
    "bastide deploy https://example.org/shop.git#v2",
    "bastide deploy --steps 10,50,100 --step-seconds 30",
  ],
  async run(input, context) {
    const { beginToFindPlatform } = await import("../api/find-platform.ts");
    const { found } = await beginToFindPlatform(context);
    const { deploy: run } = await import("../deploy/deploy.ts");
    return run(input.arguments[0] ?? ".", input.options, { ...context, found });
  },
});
