/** Unit tests of policies. Exported as `@bastide/biscuit/testing`. */
export type { CoverageItem, PolicyCoverage } from "./coverage.ts";
export type { PolicyLoader } from "./parse-test-file.ts";
export { printReport } from "./print-report.ts";
export {
  type CaseReport,
  type PolicyTestOptions,
  runPolicyTests,
  type TestReport,
} from "./run-policy-tests.ts";
