import { extname, join } from "node:path";
import { readListeners } from "./primary/listeners.ts";
import { startWorker } from "./primary/start-worker.ts";

const worker = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);
const held = readListeners(process.env["BASTIDE_LISTENERS"]);
// It loads while the rest of this program does, and is told then what to do.
const first = startWorker(worker, held);

const { runPrimary } = await import("./primary/run-primary.ts");
await runPrimary({ held, worker, first, files: [import.meta.filename, worker] });
