import { describe, expect, it } from "vitest";
import { BuildFailure, BuildTimeout } from "./build-failure.ts";
import { BuildLog } from "./build-log.ts";

describe("a failed build", () => {
  it.each([
    [
      "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync",
      /run `npm install` and commit package-lock\.json/,
    ],
    ["sh: 1: tsc: not found", /`tsc` is not there: add the package/],
    ["/bin/sh: line 1: vite: command not found", /`vite` is not there/],
    ["ERR_PNPM_OUTDATED_LOCKFILE  Cannot install", /pnpm-lock\.yaml disagree/],
    [
      "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
      /yarn\.lock disagree/,
    ],
    ["npm error code E404", /registry does not have a package/],
    ["npm error code ENOTFOUND", /registry could not be reached/],
    ["npm error code ENOSPC", /disk is full/],
    [
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      /ran out of memory/,
    ],
    ["src/a.ts(1,1): error TS2304", /same command on your machine should fail/],
  ])("that said %j is explained", (line, fix) => {
    expect(new BuildFailure("npm ci", 1, ["before", line]).message).toMatch(fix);
  });

  it("names the command and its exit code, and keeps its last lines", () => {
    const failure = new BuildFailure("npm run build", 2, ["oh no"]);
    expect(failure).toMatchObject({
      code: "build-failed",
      command: "npm run build",
      exitCode: 2,
      lastLines: ["oh no"],
    });
    expect(failure.message).toContain("`npm run build` ended with exit code 2");
  });

  it("that was killed is put down to memory", () => {
    expect(new BuildFailure("x", 137, []).message).toMatch(/memory limit/);
  });

  it("at its time limit says so, with its last line", () => {
    expect(new BuildTimeout("npm run build", 600_000, ["Watching…"]).message).toMatch(
      /limit of 600 s\. Its last line was: Watching….*watch mode/,
    );
  });
});

describe("a build's log", () => {
  it("keeps the last lines of the last command", () => {
    const log = new BuildLog(() => undefined);
    log.line("install");
    log.say("$ npm run build");
    for (let line = 0; line < 200; line += 1) log.line(`line ${line}`);
    expect(log.lastLines).toHaveLength(100);
    expect(log.lastLines.at(-1)).toBe("line 199");
    expect(new BuildFailure("x", 1, log.lastLines).lastLines).toHaveLength(30);
  });

  it("is bounded in lines and in their length", () => {
    const lines: string[] = [];
    const log = new BuildLog((line) => lines.push(line));
    for (let line = 0; line < 30_000; line += 1) log.line("x".repeat(3000));
    expect(lines).toHaveLength(20_000);
    expect(lines[0]).toHaveLength(2001);
    expect(lines.at(-1)).toBe("… only the first 20000 lines are shown");
  });
});
