import { command } from "../command-line/command.ts";
import { DECISION_OPTIONS, KEY_OPTIONS, TOKEN_OPTIONS } from "./token-options.ts";

export const tokenVerify = command({
  name: "token verify",
  summary: "check every signature of a token; needs no platform",
  description: "Exit code 4 when a signature is not good or the key is not known.",
  options: { ...TOKEN_OPTIONS, ...KEY_OPTIONS },
  examples: [
    "bastide token verify --token-file ci.token",
    "bastide token verify --public-key-file root.key.pub --token-stdin < ci.token",
  ],
  async run({ options }, context) {
    const { verifyToken } = await import("../tokens/verify-token.ts");
    return verifyToken(options, context);
  },
});

const DECISION = { ...TOKEN_OPTIONS, ...KEY_OPTIONS, ...DECISION_OPTIONS } as const;

export const tokenAuthorize = command({
  name: "token authorize",
  summary: "decide by a policy whether a token allows a request; needs no platform",
  description:
    "Verifies the token, states time(<now>) and the facts given, and applies the policy. Exit code 0 when it allows, 4 when\nit refuses or the token is not valid, 2 when the policy or a fact does not parse.",
  options: { ...DECISION },
  examples: [
    `bastide token authorize --policy-file shop.datalog --fact 'operation("deploy")' --fact 'app("shop")'`,
    `bastide token authorize --policy 'allow if user($u);' --time 2030-01-01T00:00:00Z --json`,
  ],
  async run({ options }, context) {
    const { authorizeToken } = await import("../tokens/authorize-token.ts");
    return authorizeToken(options, context, false);
  },
});

export const tokenExplain = command({
  name: "token explain",
  summary: "as token authorize, and why: derivations, and what a refusal lacked",
  description:
    "Which facts satisfied the policy and each check, and where they come from; for a refusal the nearest miss. Exit codes\nare those of token authorize.",
  options: { ...DECISION },
  examples: [`bastide token explain --policy-file shop.datalog --fact 'operation("deploy")'`],
  async run({ options }, context) {
    const { authorizeToken } = await import("../tokens/authorize-token.ts");
    return authorizeToken(options, context, true);
  },
});

export const tokenFmt = command({
  name: "token fmt",
  summary: "format files of Datalog in place, comments kept",
  description:
    "One statement a line, long ones over several. Without files, standard input is formatted to standard output. What does\nnot parse is left as it is, with every error shown; exit code 2.",
  arguments: [{ name: "file", summary: "policies and blocks as Datalog", variadic: true }],
  options: {
    check: { type: "boolean", summary: "write nothing; exit code 1 when a file is not formatted" },
  },
  examples: [
    "bastide token fmt policies/*.datalog",
    "bastide token fmt --check policies/*.datalog",
  ],
  async run({ options, arguments: files }, context) {
    const { formatFiles } = await import("../tokens/format-files.ts");
    return formatFiles(files, options, context);
  },
});

export const tokenTest = command({
  name: "token test",
  summary: "run unit tests of policies, with coverage; needs no platform",
  description:
    "A *.biscuit-test file says what a policy must decide about tokens and requests; libs/biscuit/POLICY-TESTS.md describes\nit. Exit code 1 when a test fails or a policy is covered less than wanted, 2 when a file does not parse.",
  arguments: [
    { name: "file", summary: "files of tests, *.biscuit-test", required: true, variadic: true },
  ],
  options: {
    "min-coverage": {
      type: "integer",
      value: "percent",
      summary: "fail when a policy's tests show fewer of its outcomes than this",
    },
  },
  examples: [
    "bastide token test policies/*.biscuit-test",
    "bastide token test policies/*.biscuit-test --min-coverage 100 --json",
  ],
  async run({ options, arguments: files }, context) {
    const { testPolicies } = await import("../tokens/test-policies.ts");
    return testPolicies(files, options, context);
  },
});
