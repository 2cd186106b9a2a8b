import fc from "fast-check";
import { type Decision, definePolicy, type ExplanationData } from "../index.ts";
import type { TokenBlocks } from "../policy/token-program.ts";
import { parseBlock } from "../syntax/parse-program.ts";
import { Source } from "../syntax/source.ts";
import { anyProgram, type RandomProgram } from "./program.fixture.ts";

const blockOf = (source: string): TokenBlocks["blocks"][number] => ({
  content: parseBlock(Source.of(source)),
  externalKey: undefined,
});

/** Nothing is signed: how blocks came to a token plays no part in what they mean. */
export function decide({ blocks, policy }: RandomProgram): Decision {
  const compiled = definePolicy(policy);
  return compiled.authorizeBlocks({ blocks: blocks.map(blockOf) }, {}, undefined);
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

/** No block has this number. */
const NOWHERE = -2;

/** Facts whose premises come after them, are not there, or have an origin that the fact has not. */
function brokenFacts({ facts }: ExplanationData): unknown[] {
  const known = new Map(facts.map((fact) => [fact.id, fact]));
  return facts.filter(({ id, derived, origin }) => {
    if (derived === undefined) return false;
    const before = derived.premises.every((premise) => premise < id);
    const from = derived.premises.flatMap((premise) => known.get(premise)?.origin ?? [NOWHERE]);
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
