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
/** Both implementations are slow when other processes want the same cores. */
const PATIENCE = { timeout: 60_000 };
let reference: Reference;

beforeAll(async () => {
  reference = await Reference.load();
});

/** Why a run is not one in which both sides agreed, in full. */
const problems = ({ cases, required, failures }: Result): unknown =>
  cases === required ? failures : { cases, required, failures };

describe("against the reference implementation", PATIENCE, () => {
  it("decides the same on random programs, and writes the same bytes", async () => {
    expect(problems(await runSuite(programs, SEED, { from: 0, cases: 30 }, reference))).toEqual([]);
  });

  it("evaluates random expressions to the same value or the same error", async () => {
    expect(problems(await runSuite(expressions, SEED, { from: 0, cases: 80 }, reference))).toEqual(
      [],
    );
  });

  it("agrees on what regular expressions match", async () => {
    expect(problems(await runSuite(patterns, SEED, { from: 0, cases: 100 }, reference))).toEqual(
      [],
    );
  });

  it("verifies chains that either side signed block by block", async () => {
    expect(problems(await runSuite(chains, SEED, { from: 0, cases: 10 }, reference))).toEqual([]);
  });

  it("accepts and refuses the same mutated tokens", async () => {
    expect(problems(await runSuite(mutations, SEED, { from: 0, cases: 80 }, reference))).toEqual(
      [],
    );
  });
});

describe("strangers' input", PATIENCE, () => {
  it("makes nothing be thrown but BiscuitError", () => {
    const { failures } = runRobustness(SEED, 0, 1000);
    // How long an input takes is measured where nothing else runs.
    expect(failures.filter(({ verdict }) => !String(verdict).startsWith("takes"))).toEqual([]);
  });

  it("is answered the same every time", () => {
    expect(problems(runDeterminism(SEED, 0, 200))).toEqual([]);
  });
});
