import { command } from "../command-line/command.ts";
import { TOKEN_OPTIONS } from "./token-options.ts";

export const tokenNew = command({
  name: "token new",
  summary: "make a token from Datalog, signed with a root key; needs no platform",
  description:
    "The Datalog is the token's first block: what it is and what it may do. The private key comes from a file or from\nstandard input (-), never from the command line, which every user of the machine can read.",
  options: {
    source: { type: "string", value: "datalog", summary: "the Datalog, such as 'user(\"ci\");'" },
    "source-file": {
      type: "string",
      value: "file",
      summary: "read the Datalog from a file (-: standard input)",
    },
    "key-file": {
      type: "string",
      value: "file",
      summary:
        "private root key, as PEM or text (-: standard input; default: this machine's platform's)",
    },
    "root-key-id": {
      type: "integer",
      value: "number",
      summary: "name the root key, for verifiers that know several (default: 1 for the platform's)",
    },
    ttl: {
      type: "string",
      value: "8h",
      summary: "valid for this long: seconds, or with s, m, h, d",
    },
    context: { type: "string", value: "text", summary: "a text for people that the block carries" },
  },
  examples: [
    `bastide token new --source 'user("ci"); right("main", "main", "deploy");' --ttl 90d > ci.token`,
    "bastide token new --source-file ci.datalog --key-file root.key --root-key-id 2",
  ],
  async run({ options }, context) {
    const { newToken } = await import("../tokens/new-token.ts");
    return newToken(options, context);
  },
});

export const tokenInspect = command({
  name: "token inspect",
  summary: "show what a token says, block by block; needs no platform",
  description:
    "Shows each block's Datalog, version, revocation id and third party's key, and the token's root key id and expiry.\nSignatures are not checked: `token verify` does that.",
  options: { ...TOKEN_OPTIONS },
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
    ...TOKEN_OPTIONS,
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
    source: {
      type: "string",
      value: "datalog",
      summary: "a block of your own, such as 'check if client_ip(\"10.0.0.1\");'",
    },
    "source-file": {
      type: "string",
      value: "file",
      summary: "read that block from a file (-: standard input)",
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

export const tokenSeal = command({
  name: "token seal",
  summary: "close a token, so that nobody can narrow it further; needs no platform",
  options: { ...TOKEN_OPTIONS },
  examples: ["bastide token seal --token-file ci.token > sealed.token"],
  async run({ options }, context) {
    const { sealToken } = await import("../tokens/seal-token.ts");
    return sealToken(options, context);
  },
});

export const tokenKeygen = command({
  name: "token keygen",
  summary: "make a key pair to sign tokens with",
  description:
    "Writes the private key to <file>, readable by you only, and the public one to <file>.pub. Never over a file that is\nthere.",
  arguments: [{ name: "file", summary: "where the private key goes", required: true }],
  options: {
    algorithm: {
      type: "string",
      choices: ["ed25519", "secp256r1"],
      summary: "which signatures it makes (default: ed25519)",
    },
    format: {
      type: "string",
      choices: ["pem", "text"],
      summary: "PKCS #8 and SPKI in PEM, or one line of <algorithm>/<hex> (default: pem)",
    },
  },
  examples: [
    "bastide token keygen root.key",
    "bastide token keygen partner.key --algorithm secp256r1 --format text",
  ],
  async run({ options, arguments: [file = ""] }, context) {
    const { makeKey } = await import("../tokens/make-key.ts");
    return makeKey(file, options, context);
  },
});
