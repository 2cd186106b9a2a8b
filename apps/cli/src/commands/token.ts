import { command } from "../command-line/command.ts";

const FROM = {
  "token-stdin": { type: "boolean", summary: "read the token from standard input" },
  "token-file": {
    type: "string",
    value: "file",
    summary: "read the token from a file (default: the one in use)",
  },
} as const;

export const tokenInspect = command({
  name: "token inspect",
  summary: "show what a token says, block by block; needs no platform",
  options: { ...FROM },
  examples: ["bastide token inspect", "bastide token inspect --token-file ci.token"],
  async run({ options }, context) {
    const { inspectToken } = await import("../tokens/inspect-token.ts");
    return inspectToken(options, context);
  },
});

export const tokenAttenuate = command({
  name: "token attenuate",
  summary: "make a narrower token from a token; needs no platform",
  description:
    "Adds a block of checks to the token: what it makes can do less, never more. Each option may be given several times,\nand then allows any of its values.",
  options: {
    ...FROM,
    operation: {
      type: "string",
      value: "name",
      multiple: true,
      summary: "only this operation: deploy, rollback, logs, status …",
    },
    org: { type: "string", value: "name", multiple: true, summary: "only this organisation" },
    project: { type: "string", value: "name", multiple: true, summary: "only this project" },
    app: { type: "string", short: "a", value: "name", multiple: true, summary: "only this app" },
    env: {
      type: "string",
      short: "e",
      value: "name",
      multiple: true,
      summary: "only this environment",
    },
    path: {
      type: "string",
      value: "path",
      multiple: true,
      summary: "only this path of an app, and what is below it",
    },
    ttl: {
      type: "string",
      value: "10m",
      summary: "valid for this long: seconds, or with s, m, h, d",
    },
  },
  examples: [
    "bastide token attenuate --operation deploy --app shop --ttl 10m > ci.token",
    "bastide token attenuate --operation logs --operation status --ttl 8h",
  ],
  async run({ options }, context) {
    const { attenuateToken } = await import("../tokens/attenuate-token.ts");
    return attenuateToken(options, context);
  },
});
