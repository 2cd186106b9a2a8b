import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Readable } from "node:stream";
import { Failure, messageOf } from "../command-line/failure.ts";
import { asUser, inView, type Person, type View } from "../machine/confinement.ts";
import { readPidFile, writePidFile } from "../machine/pid-file.ts";
import { goingFirst, sessionGoesFirst } from "../machine/priority.ts";
import { endProcess, identify, type ProcessIdentity } from "../machine/process-identity.ts";

export interface LaunchSpec {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Where we are root: the user it becomes and what it may see. */
  readonly confinement?: { readonly user: Person; readonly view: View };
  /** Others wait for it: where we are root, it goes before what else runs on the machine. */
  readonly goesFirst?: boolean;
}

export interface Launched {
  readonly process: ProcessIdentity;
  /** Resolves with the reason in words when it is over. */
  readonly exited: Promise<string>;
}

const INFO_FD = 3;

/**
 * Starts a program in a session of its own, its output in a file: it outlives us, and Ctrl-C on our terminal does not
 * reach it.
 */
export async function launch(spec: LaunchSpec): Promise<Launched> {
  const [file = "", ...args] = commandLine(spec);
  const log = openSync(spec.logFile, "a", 0o640);
  const child = spawn(file, args, {
    cwd: "/",
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ...spec.environment,
    },
    stdio: ["ignore", log, log, spec.confinement === undefined ? "ignore" : "pipe"],
    detached: true,
  });
  closeSync(log);
  const exited = exitOf(child);
  child.unref();
  if (spec.goesFirst === true) sessionGoesFirst(child.pid);
  const pid = spec.confinement === undefined ? child.pid : await confinedPid(child, file);
  if (pid === undefined)
    throw new Failure("failed", `${spec.command[0] ?? file} did not start: ${await exited}`);
  // What ended at once has no identity any more; its exit tells the rest.
  return { process: identify(pid) ?? { pid, startTicks: -1 }, exited };
}

const UNRECORDED_GRACE_MS = 5_000;

/**
 * The same, its identity in a pid file: what cannot be recorded, on a full disk, is ended, since nobody would find it.
 * So is what the file names and still runs: when only the sandbox around it was killed, it would go on beside the new one.
 */
export async function launchRecorded(spec: LaunchSpec, pidFile: string): Promise<Launched> {
  const left = readPidFile(pidFile);
  if (left !== undefined) await endProcess(left, "SIGTERM", UNRECORDED_GRACE_MS);
  const launched = await launch(spec);
  try {
    writePidFile(pidFile, launched.process);
    return launched;
  } catch (error) {
    await endProcess(launched.process, "SIGTERM", UNRECORDED_GRACE_MS);
    throw error;
  }
}

function commandLine({ command, confinement, goesFirst }: LaunchSpec): string[] {
  const confined =
    confinement === undefined
      ? [...command]
      : inView(confinement.view, asUser(confinement.user, command), INFO_FD);
  return goesFirst === true ? goingFirst(confined) : confined;
}

/**
 * bwrap stays as a small parent and tells the pid of what it started (bwrap(1), --info-fd). It is heard out to the
 * closing brace: a pipe closed before that kills it, and what it started would wait for it for ever.
 */
async function confinedPid(child: ChildProcess, program: string): Promise<number | undefined> {
  const info = child.stdio[INFO_FD];
  if (!(info instanceof Readable)) return undefined;
  let text = "";
  try {
    for await (const chunk of info) {
      text += String(chunk);
      const pid = /"child-pid":\s*(\d+)[^}]*\}/.exec(text)?.[1];
      if (pid !== undefined) return Number(pid);
    }
    return undefined;
  } catch (error) {
    throw new Failure("failed", `${program} did not say what it started: ${messageOf(error)}`);
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(describeExit(code, signal)));
  });
}

/** A shell's convention, which bwrap follows: 128 and the signal's number. */
function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `killed by ${signal}`;
  return code !== null && code > 128
    ? `killed by signal ${code - 128}`
    : `exit code ${code ?? "?"}`;
}
