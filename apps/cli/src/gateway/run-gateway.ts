import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";

interface ConfigOptions {
  readonly config: string | undefined;
}

/** What the gateway ends with when its file is broken (`EX_CONFIG` of sysexits.h). */
const BAD_CONFIG = 78;

/** `bastide gateway serve`: this process waits for the gateway, and passes signals on to it. */
export async function serveGateway(options: ConfigOptions, context: Context): Promise<number> {
  const child = start(["serve", fileOf(options)], context, "inherit");
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;
  for (const signal of signals) process.on(signal, pass);
  try {
    const code = await exitOf(child);
    if (code === BAD_CONFIG)
      throw new Failure("failed", "the gateway did not start; its own words are above", {
        fix: `bastide gateway check --config ${fileOf(options)}`,
      });
    return code;
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

/** `bastide gateway check`. */
export async function checkGateway(options: ConfigOptions, context: Context): Promise<number> {
  const file = fileOf(options);
  const { code, output, errors } = await run(["check", file, "--json"], context);
  const result: { valid: boolean; problems: readonly Problem[] } | undefined =
    output === "" ? undefined : JSON.parse(output);
  if (!result) throw new Failure("failed", errors.trim() || `the check ended with code ${code}`);
  context.output.answer(result, () =>
    result.valid
      ? `${file} is valid`
      : result.problems
          .map((one) => `${file}:${one.line}:${one.column}: ${one.message}`)
          .join("\n"),
  );
  return result.valid ? 0 : 1;
}

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** `bastide gateway schema`: JSON for people and programs alike. */
export async function printSchema(context: Context): Promise<number> {
  const { code, output, errors } = await run(["schema"], context);
  if (code !== 0) throw new Failure("failed", errors.trim());
  context.output.answer(JSON.parse(output), () => output.trimEnd());
  return 0;
}

const fileOf = ({ config = "gateway.yaml" }: ConfigOptions): string => config;

function start(
  words: readonly string[],
  { installation, workingDirectory, environment }: Context,
  output: "inherit" | "pipe",
): ChildProcess {
  const program = join(installation, "apps/gateway/bundle/alone.js");
  return spawn(process.execPath, [program, ...words], {
    cwd: workingDirectory,
    env: { ...environment },
    stdio: ["ignore", output, output],
  });
}

async function run(
  words: readonly string[],
  context: Context,
): Promise<{ code: number; output: string; errors: string }> {
  const child = start(words, context, "pipe");
  const [output, errors, code] = await Promise.all([
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
    exitOf(child),
  ]);
  return { code, output, errors };
}

async function exitOf(child: ChildProcess): Promise<number> {
  const [code]: unknown[] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}
