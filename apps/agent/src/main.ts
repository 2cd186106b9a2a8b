import { writeSync } from "node:fs";
import { ProcessDriver } from "@bastide/runtime";
import { Agent, IsolationMissing } from "./agent.ts";
import { ConfigError, readConfig } from "./config.ts";
import { Journal } from "./journal/journal.ts";
import { reasonOf } from "./journal/reason.ts";
import { DirectoryInUse } from "./lock/directory-lock.ts";

/** sysexits(3), as the README lists them. */
const EXIT = { failure: 1, unavailable: 69, inUse: 75, config: 78 } as const;

const journal = new Journal((line) => {
  try {
    writeSync(process.stdout.fd, line);
  } catch {
    // A full disk or a closed pipe costs this line: not the agent, and not the lines to come.
  }
});

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.config;
  if (error instanceof IsolationMissing) return EXIT.unavailable;
  if (error instanceof DirectoryInUse) return EXIT.inUse;
  return EXIT.failure;
}

async function end(name: string, finish: () => Promise<void>): Promise<void> {
  journal.info("the agent is ending", { signal: name });
  try {
    await finish();
    process.exit(0);
  } catch (error) {
    journal.error("the agent could not end in order", { reason: reasonOf(error) });
    process.exit(EXIT.failure);
  }
}

try {
  const config = readConfig(process.env);
  const agent = await Agent.start(config, new ProcessDriver(), journal);
  journal.info("the agent is ready", { node: config.node, url: agent.url });
  process.once("SIGTERM", (name) => void end(name, () => agent.leave()));
  const stopAll = (name: string): void => void end(name, () => agent.stopAll());
  process.once("SIGINT", stopAll);
  process.once("SIGUSR2", stopAll);
} catch (error) {
  journal.error("the agent cannot start", { reason: reasonOf(error) });
  process.exitCode = exitCodeOf(error);
  process.exit();
}
