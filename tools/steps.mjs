// Runs the steps of `npm test` and `npm run ci:long`: each a command with a title, timed, its tests counted.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");

/** A program of the workspace's own, under the pinned Node. */
export const bin = (name) => [join(BIN, "node"), join(BIN, name)];

export class Steps {
  #budgetMinutes;
  #results = [];
  #notRun = [];
  #counts = { passed: 0, failed: 0 };
  #failures = [];
  #scratch = mkdtempSync(join(tmpdir(), "bastide-steps-"));

  /** `budgetMinutes`: what all of it may take on two cores; said at the end beside what it took, set-up and all. */
  constructor(budgetMinutes) {
    this.#budgetMinutes = budgetMinutes;
  }

  /**
   * Runs a command to its end; a failure is remembered and the next step runs all the same. `goalSeconds` is only shown
   * beside the time it took: a busy machine is no failure.
   */
  async run(title, command, { environment = {}, goalSeconds } = {}) {
    process.stdout.write(`\n▶ ${title}\n`);
    const startedAt = performance.now();
    const code = await this.#spawn(command, environment);
    const seconds = (performance.now() - startedAt) / 1000;
    this.#results.push({ title, code, seconds, goalSeconds });
    return code === 0;
  }

  /** Runs Vitest, or what runs it, and counts its tests. */
  async vitest(title, args, options = {}) {
    const file = join(this.#scratch, `${this.#results.length}.json`);
    const command = [
      ...(options.program ?? [...bin("vitest"), "run"]),
      ...args,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ];
    const ok = await this.run(title, (options.wrap ?? ((argv) => argv))(command, file), options);
    this.#count(title, file, ok);
    return ok;
  }

  /** Says at the end that something was not run, and why. */
  notRun(what, why) {
    this.#notRun.push({ what, why });
  }

  /** Prints the table and the sum, and gives the exit code. */
  end() {
    rmSync(this.#scratch, { recursive: true, force: true });
    const width = Math.max(...this.#results.map(({ title }) => title.length));
    process.stdout.write("\n");
    for (const { title, code, seconds, goalSeconds } of this.#results)
      process.stdout.write(
        `${code === 0 ? "ok  " : "FAIL"}  ${title.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s${goalSeconds === undefined ? "" : `  (≤ ${goalSeconds} s alone)`}\n`,
      );
    for (const { step, test, why } of this.#failures)
      process.stdout.write(`failed: ${step}: ${test}\n    ${why}\n`);
    for (const { what, why } of this.#notRun) process.stdout.write(`not run: ${what}: ${why}\n`);
    // Of this process, whose first step was the set-up.
    const minutes = (performance.now() / 60_000).toFixed(1);
    process.stdout.write(
      `\nin all ${minutes} minutes; on two cores it may take ${this.#budgetMinutes}\n`,
    );
    const failedSteps = this.#results.filter(({ code }) => code !== 0).length;
    const failed = Math.max(this.#counts.failed, failedSteps);
    // Where no step counts tests, the steps themselves are what passed.
    const passed = this.#counts.passed || this.#results.length - failedSteps;
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  }

  get scratch() {
    return this.#scratch;
  }

  #count(title, file, ok) {
    try {
      const result = JSON.parse(readFileSync(file, "utf8"));
      const { numPassedTests, numFailedTests, numPendingTests } = result;
      this.#counts.passed += numPassedTests;
      this.#counts.failed += numFailedTests;
      this.#failures.push(...failuresOf(title, result));
      if (numPendingTests > 0)
        this.notRun(`${numPendingTests} tests`, "skipped by the test files themselves");
    } catch (cause) {
      if (ok) throw new Error(`Vitest left no readable result in ${file}`, { cause });
      this.#counts.failed += 1;
    }
  }

  #spawn([program, ...args], environment) {
    return new Promise((done) => {
      const child = spawn(program, args, {
        cwd: ROOT,
        stdio: ["ignore", "inherit", "inherit"],
        env: {
          ...process.env,
          NX_DAEMON: "false",
          PATH: `${BIN}:${process.env.PATH}`,
          ...environment,
        },
      });
      child.once("error", (error) => {
        process.stderr.write(`${program}: ${error.message}\n`);
        done(127);
      });
      child.once("close", (code) => done(code ?? 128));
    });
  }
}

const firstLine = (text = "") => text.split("\n")[0].slice(0, 300);

/** Every failed test by name with the first line of why, and files that did not even load. */
function failuresOf(step, { testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed")
      return [{ step, test: relative(ROOT, name), why: firstLine(message) }];
    return failed.map(({ fullName, failureMessages }) => ({
      step,
      test: `${relative(ROOT, name)}: ${fullName}`,
      why: firstLine(failureMessages[0]),
    }));
  });
}
