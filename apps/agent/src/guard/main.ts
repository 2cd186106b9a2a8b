import { writeSync } from "node:fs";
import { readConfig } from "../config.ts";
import { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import { GuardProgram } from "./guard-program.ts";
import { FIRST, stand } from "./priority.ts";

const journal = new Journal((line) => {
  try {
    writeSync(process.stdout.fd, line);
  } catch {
    // A full disk costs this line, and not the guard.
  }
});

async function end(name: string, program: GuardProgram): Promise<void> {
  journal.info("the guard is ending", { signal: name });
  try {
    await program.end();
    process.exit(0);
  } catch (error) {
    journal.error("the guard could not end in order", { reason: reasonOf(error) });
    process.exit(1);
  }
}

try {
  // A guard that is starved of CPU loses its leases, and it is small.
  stand(FIRST);
  const program = await GuardProgram.start(readConfig(process.env), journal);
  process.once("SIGTERM", (name) => void end(name, program));
} catch (error) {
  journal.error("the guard cannot start", { reason: reasonOf(error) });
  process.exit(1);
}
