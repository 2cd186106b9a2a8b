import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "../command-line/failure.ts";

const TIMEOUT_MS = 10 * 60_000;

export interface GitSource {
  readonly url: string;
  /** Branch or tag after `#`. */
  readonly ref: string | undefined;
}

/** Whether an argument of `deploy` is a repository and not a directory: a URL, or user@host:path. */
export function parseGitSource(text: string): GitSource | undefined {
  const [url = "", ref] = text.split("#");
  const isUrl = /^(?:https?|ssh|git|file):\/\/[^\s]+$/.test(url);
  const isScp = /^[\w.-]+@[\w.-]+:[^\s]+$/.test(url);
  if (!isUrl && !isScp) return undefined;
  if (ref !== undefined && !/^[\w][\w./-]{0,200}$/.test(ref))
    throw new Failure("usage", `"${ref}" is not a branch or a tag`);
  return { url, ref: ref === "" ? undefined : ref };
}

/** What every bare repository has at its top, and no app's directory. */
const BARE = ["HEAD", "config", "objects", "refs"];

/** A bare repository on this machine, which holds an app but no files of it; `#branch` as with an address. */
export function bareRepository(text: string, workingDirectory: string): GitSource | undefined {
  const [path = "", ref] = text.split("#");
  const directory = resolve(workingDirectory, path);
  if (!BARE.every((name) => existsSync(join(directory, name)))) return undefined;
  const { href } = pathToFileURL(directory);
  return parseGitSource(ref === undefined ? href : `${href}#${ref}`);
}

/** Clones without history into a directory of its own, and removes it in the end. */
export async function withClone<Result>(
  source: GitSource,
  signal: AbortSignal,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "bastide-clone-"));
  try {
    await clone(source, directory, signal);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function clone(
  { url, ref }: GitSource,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const branch = ref === undefined ? [] : ["--branch", ref];
  const child = spawn("git", ["clone", "--quiet", "--depth=1", ...branch, "--", url, directory], {
    stdio: ["inherit", "ignore", "pipe"],
    // Transports that run commands of the URL's own (`ext::`) stay shut.
    env: {
      ...process.env,
      GIT_ALLOW_PROTOCOL: "https:http:ssh:git:file",
      GIT_TERMINAL_PROMPT: process.stdin.isTTY ? "1" : "0",
    },
    signal,
    timeout: TIMEOUT_MS,
  });
  let errors = "";
  child.stderr.on(
    "data",
    (chunk: Buffer) => void (errors = (errors + chunk.toString()).slice(-4000)),
  );
  const outcome = await new Promise<number | Error>((settle) => {
    child.once("error", settle);
    child.once("close", (code) => settle(code ?? -1));
  });
  signal.throwIfAborted();
  if (outcome === 0) return;
  throw new Failure(
    "failed",
    `${withoutPassword(url)} could not be cloned${ref === undefined ? "" : ` at ${ref}`}`,
    {
      details: outcome instanceof Error ? [outcome.message] : errors.split("\n").filter(Boolean),
      fix:
        outcome instanceof Error
          ? "install git (apt-get install git)"
          : "check the address and that you may read it: git ls-remote <url>",
    },
  );
}

const withoutPassword = (url: string): string => url.replace(/\/\/[^/@]*@/, "//");
