import type { Decision } from "../policy/decision.ts";
import type { Expectation, ExpectedCheck } from "./test-file.ts";

const nameOf = ({ origin, index }: ExpectedCheck): string =>
  `check ${index} of ${typeof origin === "string" ? origin : `block ${origin}`}`;

/** A decision in the words of expectations. */
export function describeOutcome(decision: Decision): string {
  if (decision.allowed) return `allow ${decision.policy.index}`;
  if (decision.reason === "error") return `error ${decision.error.code}`;
  const checks = decision.failedChecks.map(nameOf).join(", ");
  if (decision.reason === "check-failed") return checks;
  const outcome = decision.reason === "denied" ? `deny ${decision.policy.index}` : "no policy";
  return checks === "" ? outcome : `${outcome}, and ${checks}`;
}

type OfKind<Kind extends Expectation["kind"]> = Extract<Expectation, { kind: Kind }>;

const KINDS: {
  readonly [Kind in Expectation["kind"]]: (wanted: OfKind<Kind>, decision: Decision) => boolean;
} = {
  allow: ({ index }, decision) => decision.allowed && isIndex(index, decision.policy.index),
  deny: ({ index }, decision) =>
    !decision.allowed && decision.reason === "denied" && isIndex(index, decision.policy.index),
  refuse: (_, { allowed }) => !allowed,
  "no-policy": (_, decision) => !decision.allowed && decision.reason === "no-policy",
  checks: ({ checks }, decision) => !decision.allowed && haveFailed(checks, decision.failedChecks),
  error: ({ code }, decision) =>
    !decision.allowed && decision.reason === "error" && decision.error.code === code,
};

/** Whether a decision is the one that a test expects. */
export function isMet<Kind extends Expectation["kind"]>(
  expectation: OfKind<Kind> & { readonly kind: Kind },
  decision: Decision,
): boolean {
  return KINDS[expectation.kind](expectation, decision);
}

const isIndex = (wanted: number | undefined, index: number): boolean =>
  wanted === undefined || wanted === index;

/** These and no others, in whatever order. */
const haveFailed = (wanted: readonly ExpectedCheck[], failed: readonly ExpectedCheck[]): boolean =>
  wanted.map(nameOf).toSorted().join() === failed.map(nameOf).toSorted().join();
