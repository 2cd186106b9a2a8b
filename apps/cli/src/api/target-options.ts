import type { OptionTable } from "../command-line/command.ts";

/** Options of every command about one app; light, since every declaration imports it. */
export const TARGET_OPTIONS = {
  app: {
    type: "string",
    short: "a",
    value: "name",
    summary: "the app (default: bastide.yaml's, else the directory's name)",
  },
  env: {
    type: "string",
    short: "e",
    value: "environment",
    summary: "the environment (default: production)",
  },
  project: {
    type: "string",
    short: "p",
    value: "org/project",
    summary: "organisation and project (default: main/main, or BASTIDE_PROJECT)",
  },
} as const satisfies OptionTable;
