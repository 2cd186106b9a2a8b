import type { Externs } from "../datalog/run-context.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { describeTrace } from "../explain/describe.ts";
import { Explanation } from "../explain/explanation.ts";
import { trace } from "../explain/trace.ts";
import type { RunLimits } from "../limits.ts";
import type { Decision } from "../policy/decision.ts";
import type { EvaluationContext } from "../policy/evaluation.ts";
import { definePolicy, type Policy } from "../policy/policy.ts";
import { fillProgram } from "../policy/filled-program.ts";
import type { TokenBlocks } from "../policy/token-program.ts";
import { parseProgram } from "../syntax/parse-program.ts";
import { Source } from "../syntax/source.ts";
import { CoverageCounter, type PolicyCoverage } from "./coverage.ts";
import { describeOutcome, isMet } from "./outcome.ts";
import { parseTestFile, type PolicyLoader } from "./parse-test-file.ts";
import type { TestCase, TestPolicy, TestToken } from "./test-file.ts";

export interface PolicyTestOptions {
  /** For policies that call external functions. */
  readonly externs?: Externs;
  readonly limits?: Partial<RunLimits>;
}

export interface CaseReport {
  readonly name: string;
  /** Of the test file, from 1. */
  readonly line: number;
  readonly passed: boolean;
  /** As the test file has it. */
  readonly expected: string;
  /** In the words of expectations. */
  readonly actual: string;
  /** Texts after `because` that the explanation does not contain. */
  readonly missingReasons: readonly string[];
  /** Why the decision is as it is, as text. */
  readonly explanation: string;
}

export interface TestReport {
  /** In the order of the file. */
  readonly cases: readonly CaseReport[];
  readonly passed: number;
  readonly failed: number;
  /** Of each policy that was tested. */
  readonly coverage: readonly PolicyCoverage[];
}

const EXPLANATION_STEPS = 1_000_000;

/**
 * Runs a file of policy tests. The engine decides each case; how it came to it is traced for the report and for coverage.
 * Throws `syntax` and the like, with a position, for a test file or policy that cannot be read, and what `load` throws.
 */
export function runPolicyTests(
  source: string,
  load: PolicyLoader,
  options: PolicyTestOptions = {},
): TestReport {
  const runner = new Runner(options);
  const cases = parseTestFile(source, load).map((test) => runner.run(test));
  const passed = cases.filter((each) => each.passed).length;
  return { cases, passed, failed: cases.length - passed, coverage: runner.coverage() };
}

interface TestedPolicy {
  readonly policy: Policy;
  readonly counter: CoverageCounter;
}

class Runner {
  readonly #options: PolicyTestOptions;
  /** By name and text: one path is one policy, whatever number of tests uses it. */
  readonly #policies = new Map<string, TestedPolicy>();

  constructor(options: PolicyTestOptions) {
    this.#options = options;
  }

  run(test: TestCase): CaseReport {
    const { policy, counter } = this.#policy(test.policy);
    const token = test.token === undefined ? undefined : blocksOf(test.token);
    const context = { ...this.#options, facts: test.facts };
    const decision = decided(policy, token, test, context);
    if (decision instanceof BiscuitError) return refused(test, decision);
    const program = fillProgram(parseProgram(Source.open(test.policy.source)), test.parameters);
    const evidence = { policy: program, inputs: undefined, token, context };
    const traced = trace(evidence, EXPLANATION_STEPS);
    counter.add(traced);
    return report(test, decision, String(new Explanation(describeTrace(decision, traced, []))));
  }

  coverage(): PolicyCoverage[] {
    return Array.from(this.#policies.values(), ({ counter }) => counter.result());
  }

  #policy(tested: TestPolicy): TestedPolicy {
    const key = JSON.stringify([tested.name, tested.source]);
    let known = this.#policies.get(key);
    if (known === undefined) {
      known = { policy: definePolicy(tested.source), counter: new CoverageCounter(tested) };
      this.#policies.set(key, known);
    }
    return known;
  }
}

/** The decision, or why the policy cannot be asked: a parameter is missing or unknown. */
function decided(
  policy: Policy,
  token: TokenBlocks | undefined,
  { parameters }: TestCase,
  context: EvaluationContext,
): Decision | BiscuitError {
  try {
    return policy.authorizeBlocks(token, context, parameters);
  } catch (error) {
    if (error instanceof BiscuitError) return error;
    throw error;
  }
}

/** Nothing is signed: a test says who signed what, and has no keys but public ones. */
function blocksOf(token: TestToken): TokenBlocks {
  return { blocks: token.map(({ content, signer }) => ({ content, externalKey: signer })) };
}

function report(test: TestCase, decision: Decision, explanation: string): CaseReport {
  const { name, line, expectation, reasons } = test;
  const missingReasons = reasons.filter((reason) => !explanation.includes(reason));
  return {
    name,
    line,
    passed: isMet(expectation, decision) && missingReasons.length === 0,
    expected: expectation.source,
    actual: describeOutcome(decision),
    missingReasons,
    explanation,
  };
}

function refused({ name, line, expectation, reasons }: TestCase, error: BiscuitError): CaseReport {
  return {
    name,
    line,
    passed: false,
    expected: expectation.source,
    actual: error.code,
    missingReasons: reasons,
    explanation: error.message,
  };
}
