import { beforeAll, describe, expect, it } from "vitest";
import { Reference } from "../fuzz/reference.ts";
import { runDeterminism } from "../fuzz/determinism.ts";
import { runRobustness } from "../fuzz/robustness.ts";
import { type Result, runSuite } from "../fuzz/run.ts";
import { chains } from "../fuzz/suites/chains.ts";
import { expressions } from "../fuzz/suites/expressions.ts";
import { mutations } from "../fuzz/suites/mutations.ts";
import { patterns } from "../fuzz/suites/patterns.ts";
import { programs } from "../fuzz/suites/programs.ts";

// A few cases of each suite; `npm run fuzz -- biscuit` runs them at size.
const SEED = 1;
let reference: Reference;

beforeAll(async () => {
  reference = await Reference.load();
});

const expectAgreement = ({ cases, required, failures }: Result): void => {
  expect(failures).toEqual([]);
  expect(cases).toBe(required);
};

describe("against the reference implementation", () => {
  it("decides the same on random programs, and writes the same bytes", async () => {
    expectAgreement(await runSuite(programs, SEED, { from: 0, cases: 150 }, reference));
  });

  it("evaluates random expressions to the same value or the same error", async () => {
    expectAgreement(await runSuite(expressions, SEED, { from: 0, cases: 200 }, reference));
  });

  it("agrees on what regular expressions match", async () => {
    expectAgreement(await runSuite(patterns, SEED, { from: 0, cases: 400 }, reference));
  });

  it("verifies chains that either side signed block by block", async () => {
    expectAgreement(await runSuite(chains, SEED, { from: 0, cases: 60 }, reference));
  });

  it("accepts and refuses the same mutated tokens", async () => {
    expectAgreement(await runSuite(mutations, SEED, { from: 0, cases: 300 }, reference));
  });
});

describe("strangers' input", () => {
  it("makes nothing be thrown but BiscuitError", () => {
    const { failures } = runRobustness(SEED, 0, 3000);
    // How long an input takes is measured where nothing else runs.
    expect(failures.filter(({ verdict }) => !String(verdict).startsWith("takes"))).toEqual([]);
  });

  it("is answered the same every time", () => {
    expectAgreement(runDeterminism(SEED, 0, 300));
  });
});
