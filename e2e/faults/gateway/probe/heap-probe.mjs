// Loaded into each process of a gateway before its own program (`--import`): whoever connects to this process's socket has
// everything collected, and is told what is left. Nothing is loaded or held for it that a gateway would not have anyway.
import { IncomingMessage } from "node:http";
import { performServerHandshake } from "node:http2";
import { createServer } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { queryObjects, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Classes that Node does not export: those of one of each. */
function classOfTimers() {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  return timer.constructor;
}
function classOfSessions() {
  const session = performServerHandshake(
    new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() }),
  );
  session.on("error", () => {});
  session.destroy();
  return session.constructor;
}
const KINDS = {
  sessions: classOfSessions(),
  // Sockets, TLS on them, and streams of HTTP/2.
  streams: Duplex,
  requests: IncomingMessage,
  timers: classOfTimers(),
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function look() {
  // What is freed by finalizers is there for the next collection.
  for (let i = 0; i < 3; i++) {
    collect();
    await turn();
  }
  const objects = Object.entries(KINDS).map(([kind, of]) => [
    kind,
    queryObjects(of, { format: "count" }),
  ]);
  const { heapUsed, external } = process.memoryUsage();
  return { heapBytes: heapUsed + external, ...Object.fromEntries(objects) };
}

const server = createServer((socket) => {
  socket.on("error", () => {});
  void look().then((seen) => socket.end(JSON.stringify(seen)));
});
server.listen(join(process.env.HEAP_PROBE_DIRECTORY, `heap-${process.pid}.sock`));
server.unref();
