import { text } from "node:stream/consumers";
import { ProcessDriver } from "../src/index.ts";

/** A process of its own that starts the run it reads from stdin, prints its handle, and waits to be killed. */
const { controlGroup, spec } = JSON.parse(await text(process.stdin));
const handle = await new ProcessDriver({ controlGroup }).start(spec);
process.stdout.write(`${JSON.stringify(handle)}\n`);
setInterval(() => {}, 1000);
