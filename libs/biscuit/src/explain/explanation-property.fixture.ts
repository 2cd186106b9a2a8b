import fc from "fast-check";
import {
  Biscuit,
  biscuitFromSource,
  blockFromSource,
  type Decision,
  definePolicy,
  type ExplanationData,
  KeyPair,
} from "../index.ts";
import { anyProgram, type RandomProgram } from "./program.fixture.ts";

const root = KeyPair.fromString(`ed25519-private/${"7f".repeat(32)}`);
const next = KeyPair.fromString(`ed25519-private/${"3c".repeat(32)}`);

export function decide({ blocks: [authority = "", ...others], policy }: RandomProgram): Decision {
  const options = { nextKeyPair: next };
  const token = others.reduce<Biscuit>(
    (each, source) => each.attenuate(blockFromSource(source), options),
    biscuitFromSource(authority).sign(root, options),
  );
  return definePolicy(policy).authorize(token);
}

/** What the decision says. */
function engineVerdict(decision: Decision): unknown {
  if (!decision.allowed && decision.reason === "error") return { error: decision.error.code };
  const failed = decision.allowed ? [] : decision.failedChecks;
  return {
    policy: "policy" in decision ? decision.policy.index : undefined,
    failed: failed.map(({ origin, index }) => `${origin} ${index}`),
  };
}

/** What follows from the explanation's own account of policies and checks. */
function tracedVerdict({ policies, checks, error }: ExplanationData): unknown {
  if (error !== undefined) return { error: error.code };
  const failed = checks.filter(({ held }) => !held);
  return {
    policy: policies.find(({ matched }) => matched)?.index,
    failed: failed.map(({ origin, index }) => `${origin} ${index}`),
  };
}

/** Facts whose premises come after them, are not there, or have an origin that the fact has not. */
function brokenFacts({ facts }: ExplanationData): unknown[] {
  const known = new Map(facts.map((fact) => [fact.id, fact]));
  return facts.filter(({ id, derived, origin }) => {
    if (derived === undefined) return false;
    const before = derived.premises.every((premise) => premise < id);
    const from = derived.premises.flatMap((premise) => known.get(premise)?.origin ?? ["missing"]);
    return (
      !before || ![derived.origin, ...from].every((each) => origin.some((own) => own === each))
    );
  });
}

/** Throws for the first of `runs` random programs whose explanation comes to another verdict than its decision. */
export function checkExplanations(
  runs: number,
  seed: number,
  onData: (data: ExplanationData) => void = () => undefined,
): void {
  fc.assert(
    fc.property(anyProgram, (program) => {
      const decision = decide(program);
      const data = decision.explain().toJSON();
      onData(data);
      const found = [tracedVerdict(data), data.complete, brokenFacts(data)];
      const wanted = [engineVerdict(decision), true, []];
      return JSON.stringify(found) === JSON.stringify(wanted);
    }),
    { numRuns: runs, seed },
  );
}
