import { BuilderError } from "../builder-error.ts";

const SHOWN_LINES = 30;

/** A command of the build that did not end well. */
export class BuildFailure extends BuilderError {
  override readonly name = "BuildFailure";
  /** As a person would type it. */
  readonly command: string;
  /** Absent when it was ended because of the time limit. */
  readonly exitCode: number | undefined;
  readonly lastLines: readonly string[];

  constructor(command: string, exitCode: number, lastLines: readonly string[]) {
    super(
      "build-failed",
      `\`${command}\` ended with exit code ${exitCode}. ${fixFor(exitCode, lastLines)}`,
    );
    this.command = command;
    this.exitCode = exitCode;
    this.lastLines = lastLines.slice(-SHOWN_LINES);
  }
}

/** The build reached its time limit in this command. */
export class BuildTimeout extends BuilderError {
  override readonly name = "BuildTimeout";
  readonly command: string;
  readonly lastLines: readonly string[];

  constructor(command: string, timeoutMs: number, lastLines: readonly string[]) {
    const said = lastLines.at(-1);
    super(
      "build-timeout",
      `\`${command}\` was ended: the build reached its limit of ${Math.round(timeoutMs / 1000)} s. ${said === undefined ? "It said nothing." : `Its last line was: ${said}`} A build must end by itself: look for a watch mode, a server, or a question that waits for an answer; or raise the limit, build.timeoutSeconds in bastide.yaml.`,
    );
    this.command = command;
    this.lastLines = lastLines.slice(-SHOWN_LINES);
  }
}

/** What package managers and compilers say, and what helps. */
const FIXES: readonly (readonly [sign: RegExp, fix: string])[] = [
  [
    /can only install packages when your package\.json and package-lock\.json|npm ci.*in sync|Missing: .* from lock file/i,
    "package.json and package-lock.json disagree: run `npm install` and commit package-lock.json.",
  ],
  [
    /ERR_PNPM_OUTDATED_LOCKFILE/,
    "package.json and pnpm-lock.yaml disagree: run `pnpm install` and commit pnpm-lock.yaml.",
  ],
  [
    /lockfile needs to be updated|YN0028/,
    "package.json and yarn.lock disagree: run `yarn install` and commit yarn.lock.",
  ],
  [
    /ERESOLVE/,
    "Two dependencies ask for different versions of a third: run `npm install` on your machine and settle what it names.",
  ],
  [
    /E404|404 Not Found|ERR_PNPM_FETCH_404/,
    "The registry does not have a package: check its name and version, and whether it is private.",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET/,
    "The registry could not be reached from the build: check the node's network, then deploy again.",
  ],
  [/ENOSPC|no space left/i, "The node's disk is full: free some space there, then deploy again."],
  [/heap out of memory/i, "Node ran out of memory: make the build smaller, or raise its limit."],
  [
    /Missing script:?/i,
    "package.json has no such script: add it, or set build.command in bastide.yaml.",
  ],
];

function fixFor(exitCode: number, lastLines: readonly string[]): string {
  const text = lastLines.join("\n");
  const missing = /(?:sh: (?:line )?(?:\d+: )?|: )([\w.-]+): (?:command )?not found/.exec(
    text,
  )?.[1];
  if (missing !== undefined)
    return `\`${missing}\` is not there: add the package that brings it to dependencies or devDependencies.`;
  const known = FIXES.find(([sign]) => sign.test(text));
  if (known !== undefined) return known[1];
  if (exitCode === 137)
    return "It was killed, most likely at its memory limit: make the build smaller, or raise the limit.";
  return "The lines above say why; the same command on your machine should fail in the same way.";
}
