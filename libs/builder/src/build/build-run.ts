import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildEnvironment, TOOLS_DIRECTORY, toolScripts } from "./build-environment.ts";
import { BuilderError } from "../builder-error.ts";
import { BuildFailure, BuildTimeout } from "./build-failure.ts";
import type { BuildLog } from "./build-log.ts";
import type { BuildSandbox } from "./build-sandbox.ts";

export interface BuildRunOptions {
  readonly sandbox: BuildSandbox;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: BuildLog;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The commands of one build, all within one time limit, and how long each step took. */
export class BuildRun {
  readonly #options: BuildRunOptions;
  readonly #late = new AbortController();
  readonly #signal: AbortSignal;
  readonly #startedAtMs = performance.now();
  #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  readonly timingsMs: Record<string, number> = {};
  #cacheDirectory: string | undefined;
  #defaults: Readonly<Record<string, string>> = {};

  constructor(options: BuildRunOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs;
    const given = options.signal === undefined ? [] : [options.signal];
    this.#signal = AbortSignal.any([...given, this.#late.signal]);
    this.limitTo(options.timeoutMs);
  }

  /** Another limit for the whole build, counted from its start: the manifest's, known once the source is unpacked. */
  limitTo(timeoutMs: number): void {
    clearTimeout(this.#timer);
    this.#timeoutMs = timeoutMs;
    const leftMs = this.#startedAtMs + timeoutMs - performance.now();
    this.#timer = setTimeout(() => this.#late.abort(), Math.max(0, leftMs)).unref();
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** The variables of every command; what the caller gave goes before what the manifest says. */
  get environment(): Readonly<Record<string, string>> {
    return { ...this.#defaults, ...this.#options.environment };
  }

  /** What the manifest's `env` says, known only once the source is unpacked. */
  setDefaults(defaults: Readonly<Record<string, string>>): void {
    this.#defaults = defaults;
  }

  /** Where commands keep what they download; needed before the first of them. */
  setCacheDirectory(directory: string): void {
    this.#cacheDirectory = directory;
  }

  get log(): BuildLog {
    return this.#options.log;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Adds the time that the work takes to a step's. */
  async timed<Result>(step: string, work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await work();
    } catch (error) {
      const { aborted, reason } = this.#late.signal;
      throw aborted && error === reason
        ? new BuildTimeout(step, this.#timeoutMs, this.log.lastLines)
        : error;
    } finally {
      this.timingsMs[step] = Math.round((this.timingsMs[step] ?? 0) + performance.now() - start);
    }
  }

  /** Puts the commands that scripts call by name where PATH finds them. */
  async provideTools(manager: readonly string[], name: string): Promise<void> {
    const directory = join(this.directory, TOOLS_DIRECTORY);
    await rm(join(this.directory, ".bastide"), { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    for (const [file, text] of Object.entries(toolScripts(manager, name)))
      await writeFile(join(directory, file), text, { mode: 0o755 });
  }

  /** A command line of the app's own, through a shell in the sandbox. */
  shell(commandLine: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
    return this.command(["/bin/sh", "-c", commandLine], commandLine, more);
  }

  /** Throws BuildFailure, BuildTimeout, or the caller's reason. */
  async command(
    command: readonly string[],
    shown: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { sandbox, directory, log } = this.#options;
    const cacheDirectory = this.#cacheDirectory;
    if (cacheDirectory === undefined) throw new Error("a build's commands need a cache directory");
    log.say(`$ ${shown}`);
    const whole = buildEnvironment({ ...this.environment, ...more });
    const exitCode = await sandbox
      .run({
        command,
        directory,
        cacheDirectory,
        environment: whole,
        log: log.line,
        signal: this.#signal,
      })
      .catch((error: unknown) => {
        const isLate = this.#late.signal.aborted && this.#options.signal?.aborted !== true;
        throw isLate ? new BuildTimeout(shown, this.#timeoutMs, log.lastLines) : error;
      });
    if (exitCode === 0) return;
    await refuseFullDisk(directory, shown);
    throw new BuildFailure(shown, exitCode, log.lastLines);
  }
}

/** Less than this and what a command could not write is why it failed; a full disk takes its words as well. */
const FULL_BELOW_BYTES = 1024 * 1024;

/** Throws `disk-full`, while what the build wrote is still there. */
async function refuseFullDisk(directory: string, shown: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= FULL_BELOW_BYTES) return;
  throw new BuilderError(
    "disk-full",
    `\`${shown}\` failed with the disk that holds ${directory} full. What it wrote is removed; free some space on the node, or make the build write less, then deploy again.`,
  );
}
