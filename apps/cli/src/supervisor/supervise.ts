import { basename } from "node:path";
import { Failure } from "../command-line/failure.ts";
import { appUrl, type HomePaths, pidFileOf, platformHttpsUrl, platformUrl } from "../home/home.ts";
import { readHomeFile } from "../home/home-file.ts";
import { localNodes } from "../home/local-nodes.ts";
import { prepareDirectory } from "../home/open-home.ts";
import { readPidFile, tryLockPidFile, unlockPidFile } from "../machine/pid-file.ts";
import { endProcess } from "../machine/process-identity.ts";
import { during, type Reporter } from "../output/reporter.ts";
import { boundLog } from "./logs.ts";
import { Platform } from "./platform.ts";
import type { UpOptions } from "./up-options.ts";
import { removeState } from "./state-file.ts";

const LOG_CHECK_MS = 10 * 60_000;
const TOKEN_RENEWAL_MS = 24 * 3_600_000;

export interface Started {
  readonly url: string;
  readonly httpsUrl: string;
  readonly home: string;
  readonly probe: string;
  readonly tookMs: number;
  /** False where an operator stopped the gateway, so that nothing could be fetched through it. */
  readonly healthy: boolean;
}

/** Runs the platform of one home until the signal: starts it, reports when it is up, keeps it up, stops it. */
export async function supervise(
  options: UpOptions,
  reporter: Reporter,
  signal: AbortSignal,
  up: (started: Started) => void,
): Promise<void> {
  const paths = prepareDirectory(options.directory);
  lock(paths);
  const platform = new Platform(options, paths, reporter);
  try {
    const began = performance.now();
    await endOrphans(paths, reporter);
    await platform.start(signal);
    up({
      healthy: platform.isHealthy,
      url: platformUrl(platform.home),
      httpsUrl: platformHttpsUrl(platform.home),
      home: paths.directory,
      probe: appUrl(platform.home, "probe"),
      tookMs: performance.now() - began,
    });
    await keep(platform, paths, signal);
  } finally {
    await platform.stop();
    removeState(paths.state);
    unlockPidFile(paths.supervisorPid);
  }
}

function lock(paths: HomePaths): void {
  const holder = tryLockPidFile(paths.supervisorPid);
  if (holder === undefined) return;
  throw new Failure(
    "conflict",
    `this platform is up already: process ${holder.pid} supervises ${paths.directory}`,
    {
      fix: "use it as it is (`bastide status`), stop it with `bastide down`, or choose another home with BASTIDE_HOME",
    },
  );
}

/** The upkeep while all is well; each program is watched by its own service. */
async function keep(platform: Platform, paths: HomePaths, signal: AbortSignal): Promise<void> {
  const logs = setInterval(() => platform.logFiles.forEach(boundLog), LOG_CHECK_MS);
  const tokens = setInterval(() => void platform.renewTokens(), TOKEN_RENEWAL_MS);
  try {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    clearInterval(logs);
    clearInterval(tokens);
  }
}

/** A supervisor that was killed leaves its programs: they are replaced, while the instances go on untouched. */
async function endOrphans(paths: HomePaths, reporter: Reporter): Promise<void> {
  const home = readHomeFile(paths.homeFile);
  const agents = home === undefined ? [] : localNodes(home, paths).map(({ pidFile }) => pidFile);
  for (const pidFile of [...agents, pidFileOf(paths, "orchestrator")]) {
    const name = basename(pidFile, ".pid");
    const orphan = readPidFile(pidFile);
    if (orphan === undefined) continue;
    await during(reporter, `replacing ${name} ${orphan.pid}, whose supervisor is gone`, () =>
      endProcess(orphan, "SIGTERM", 10_000),
    );
  }
}
