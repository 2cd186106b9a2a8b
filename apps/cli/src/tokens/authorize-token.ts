import { Biscuit, type Decision, fact } from "@bastide/biscuit";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { datalogFor, parseFacts, parsePolicy, parseTime } from "./datalog-input.ts";
import { type TokenOptions, tokenFor } from "./given-token.ts";
import { onlyOneFromStdin } from "./read-text.ts";
import { type VerificationOptions, verificationKeys } from "./verification-keys.ts";

export interface AuthorizeOptions extends TokenOptions, VerificationOptions {
  readonly policy: string | undefined;
  readonly "policy-file": string | undefined;
  readonly fact: readonly string[];
  readonly time: string | undefined;
}

/** `bastide token authorize` and `explain`: verifies the token, then applies the policy. Exit code 4 is a refusal. */
export async function authorizeToken(
  options: AuthorizeOptions,
  context: Context,
  withExplanation: boolean,
): Promise<number> {
  onlyOneFromStdin({
    "the token": options["token-stdin"],
    "the policy": options["policy-file"] === "-",
  });
  const decision = await decide(options, context);
  const explanation = withExplanation ? decision.explain() : undefined;
  context.output.answer({ ...decisionDocument(decision), explanation }, () =>
    explanation === undefined ? decisionText(decision) : explanation.toString(),
  );
  return decision.allowed ? 0 : exitCodeOf("refused");
}

async function decide(options: AuthorizeOptions, context: Context): Promise<Decision> {
  const { policy: text, "policy-file": file } = options;
  const policy = parsePolicy(await datalogFor({ option: "--policy", text, file }, context));
  const facts = [fact("time", parseTime(options.time)), ...parseFacts(options.fact)];
  const { keys } = await verificationKeys(options, context);
  const token = Biscuit.parse(await tokenFor(options, context), keys);
  return policy.authorize(token, { facts });
}

function decisionDocument(decision: Decision): object {
  if (decision.allowed) return { allowed: true, policy: decision.policy };
  const { reason, failedChecks } = decision;
  return {
    allowed: false,
    reason,
    failedChecks,
    ...("policy" in decision && { policy: decision.policy }),
    ...(reason === "error" && {
      error: { code: decision.error.code, message: decision.error.message },
    }),
  };
}

function decisionText(decision: Decision): string {
  if (decision.allowed)
    return `allowed by policy ${decision.policy.index}: ${decision.policy.source}`;
  const checks = decision.failedChecks.map(
    ({ origin, index, source }) =>
      `  check ${index} of ${origin === "authorizer" ? "the policy" : `block ${origin}`} failed: ${source}`,
  );
  const policy =
    "policy" in decision ? [`  policy ${decision.policy.index}: ${decision.policy.source}`] : [];
  const error = decision.reason === "error" ? [`  ${decision.error.message}`] : [];
  return [`refused: ${decision.reason}`, ...policy, ...checks, ...error].join("\n");
}
