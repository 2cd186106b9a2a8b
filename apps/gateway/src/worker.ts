import { flushCompileCache } from "node:module";
import { writeToStdout } from "./observe/stdout.ts";
import { logTo } from "./observe/log.ts";
import { type FromWorker, PROTOCOL, readSettings } from "./worker/messages.ts";
import { Worker } from "./worker/serve-worker.ts";

// Signals of a terminal reach every process of the gateway; when a worker ends is the primary's to say.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});

// A primary that goes before it says what there is to do leaves nothing to finish.
const orphaned = (): never => process.exit();
process.once("disconnect", orphaned);
process.once("message", (raw) => {
  process.off("disconnect", orphaned);
  new Worker(readSettings(raw), logTo(writeToStdout)).start();
});
const booted: FromWorker = { type: "booted", protocol: PROTOCOL };
process.send?.(booted, undefined, undefined, () => {});
// The next one reads what this one has compiled, also after a kill.
setTimeout(flushCompileCache, 2_000).unref();
