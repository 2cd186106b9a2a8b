import type { OptionTable } from "../command-line/command.ts";

/** Where a token comes from: never the command line. Light, since every declaration imports it. */
export const TOKEN_OPTIONS = {
  "token-stdin": { type: "boolean", summary: "read the token from standard input" },
  "token-file": {
    type: "string",
    value: "file",
    summary: "read the token from a file (default: the one in use)",
  },
} as const satisfies OptionTable;

/** What a token is verified with. Public keys are no secrets and may be arguments. */
export const KEY_OPTIONS = {
  "public-key": {
    type: "string",
    value: "key",
    summary: "root public key, as ed25519/<hex> or secp256r1/<hex>",
  },
  "public-key-file": {
    type: "string",
    value: "file",
    summary: "root public key in a file, as PEM or text",
  },
  "keys-file": {
    type: "string",
    value: "file",
    summary: "root keys by id, as root-keys.json (default: this machine's platform's)",
  },
} as const satisfies OptionTable;

/** What a decision is made from besides the token. */
export const DECISION_OPTIONS = {
  policy: { type: "string", value: "datalog", summary: `the policy, such as 'allow if user($u);'` },
  "policy-file": {
    type: "string",
    value: "file",
    summary: "read the policy from a file (-: standard input)",
  },
  fact: {
    type: "string",
    value: "fact",
    multiple: true,
    summary: `what is true of the request, such as 'operation("deploy")'`,
  },
  time: { type: "string", value: "time", summary: "decide as at this time (default: now)" },
} as const satisfies OptionTable;
