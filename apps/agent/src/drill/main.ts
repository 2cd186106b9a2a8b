/*
 * A service that shows that failover works, and is of no other use: it says who answers and under which epoch. Where
 * somebody watches it, at a witness, it writes to that under its epoch, and writes down every few milliseconds that it runs.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { BootClock } from "../guard/boot-clock.ts";

const BEAT_MS = 10;
const WRITE_MS = 25;

// No schema library: whoever waits for this program to start waits for every module of it.
const { env } = process;
const node = env["BASTIDE_NODE"];
const host = env["BASTIDE_HOST"];
const port = Number(env["BASTIDE_PORT"]);
const directory = env["BASTIDE_DATA_DIR"];
const epochFile = env["BASTIDE_EPOCH_FILE"];
const witness = env["BASTIDE_WITNESS_URL"];
if (!node || !host || !directory || !epochFile || !Number.isInteger(port))
  throw new Error("a drill is started by a guard, which says where it is and what its epoch is");
const beatsFile = join(directory, "beats");

const clock = new BootClock();

function epochIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    // A flex service has none.
    return undefined;
  }
}

const server = createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ node, epoch: epochIn(epochFile), pid: process.pid }));
});
server.listen({ host, port });

/** One line of when it ran under which epoch: whoever reads those of all nodes sees whether two ran at once. */
const beats = setInterval(() => {
  if (witness === undefined) return;
  appendFileSync(beatsFile, `${process.pid} ${epochIn(epochFile) ?? "-"} ${clock.nowMs()}\n`);
}, BEAT_MS);

const writes = setInterval(() => {
  if (witness === undefined) return;
  const body = JSON.stringify({
    node,
    epoch: epochIn(epochFile),
    pid: process.pid,
    atMs: clock.nowMs(),
  });
  const sent = request(witness, { method: "POST", timeout: 500 }, (answer) => answer.resume());
  sent.on("error", () => {});
  sent.on("timeout", () => sent.destroy());
  sent.end(body);
}, WRITE_MS);

process.once("SIGTERM", () => {
  clearInterval(beats);
  clearInterval(writes);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
