import { dirname, resolve } from "node:path";
import { definePolicy } from "@bastide/biscuit";
import {
  type PolicyCoverage,
  printReport,
  runPolicyTests,
  type TestReport,
} from "@bastide/biscuit/testing";
import type { Context } from "../command-line/context.ts";
import { exitCodeOf } from "../command-line/exit-codes.ts";
import { Failure } from "../command-line/failure.ts";
import { parseDatalog } from "./datalog-input.ts";
import { joinCoverage, percentOf } from "./policy-coverage.ts";
import { readFileText } from "./read-text.ts";

interface TestOptions {
  /** Percent. */
  readonly "min-coverage": number | undefined;
}

interface FileReport extends TestReport {
  readonly file: string;
  /** The folder that the file names policies from. */
  readonly folder: string;
}

/** `bastide token test`: runs policy tests, pure and offline. Exit code 1 when one fails or too little is covered. */
export async function testPolicies(
  files: readonly string[],
  options: TestOptions,
  context: Context,
): Promise<number> {
  const least = options["min-coverage"] ?? 0;
  if (least > 100)
    throw new Failure("usage", `--min-coverage is ${least}, but must be from 0 to 100 percent`);
  const reports = files.map((file) => runFile(file, context));
  const coverage = joinCoverage(reports);
  const failed = sum(reports.map((report) => report.failed));
  const passed = sum(reports.map((report) => report.passed));
  const poor = coverage.filter((policy) => percentOf(policy) < least);
  context.output.answer(documentOf({ reports, coverage, passed, failed }), () =>
    textOf(reports, coverage),
  );
  for (const policy of poor)
    context.output.complain(
      `${policy.name}: ${percentOf(policy)} % covered; ${least} % are wanted`,
    );
  return failed + poor.length > 0 ? exitCodeOf("failed") : 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function runFile(file: string, context: Context): FileReport {
  const folder = dirname(resolve(context.workingDirectory, file));
  const load = (path: string): string => {
    const text = readFileText(resolve(folder, path));
    // Read here as well, so that an error in it is shown as its own and not the test file's.
    parseDatalog({ name: path, text }, definePolicy);
    return text;
  };
  const text = readFileText(resolve(context.workingDirectory, file));
  const report = parseDatalog({ name: file, text }, (source) => runPolicyTests(source, load));
  if (report.cases.length > 0) return { ...report, file, folder };
  throw new Failure("failed", `${file} has no tests`, {
    fix: `write one: test "name" { expect allow; }`,
  });
}

function documentOf(all: {
  readonly reports: readonly FileReport[];
  readonly coverage: readonly PolicyCoverage[];
  readonly passed: number;
  readonly failed: number;
}): object {
  const { reports, coverage, passed, failed } = all;
  return {
    passed,
    failed,
    files: reports.map(({ file, cases }) => ({ file, cases })),
    coverage: coverage.map((policy) => ({ ...policy, percent: percentOf(policy) })),
  };
}

/** Each file's cases, then the coverage of all files together. */
function textOf(reports: readonly FileReport[], coverage: readonly PolicyCoverage[]): string {
  const cases = reports.flatMap((report) => [
    report.file,
    printReport({ ...report, coverage: [] }),
  ]);
  const covered = printReport({ cases: [], passed: 0, failed: 0, coverage });
  return [...cases, ...covered.split("\n").slice(1)].join("\n");
}
