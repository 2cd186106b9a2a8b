import { writeToStdout } from "./observe/stdout.ts";
import { logTo } from "./observe/log.ts";
import { SETTINGS_VARIABLE, type WorkerSettings } from "./worker/messages.ts";
import { Worker } from "./worker/serve-worker.ts";

// Signals of a terminal reach every process of the gateway; when a worker ends is the primary's to say.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});

const settings: WorkerSettings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? "");
new Worker(settings, logTo(writeToStdout)).start();
