import { extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { FILE_VARIABLE } from "./alone/environment.ts";
import { bind } from "./launcher/bind.ts";
import { type Held, Launcher, type ListenerKind } from "./launcher/launcher.ts";

/** A predecessor that was killed may hold a port for a moment. */
const TAKEN = { retryMs: 25, forMs: 5_000 };
/** Ports to listen on, on each address: the program says which of them it cannot do without. */
const PORTS = [
  { kind: "http", variable: "PORT" },
  { kind: "https", variable: "BASTIDE_HTTPS_PORT" },
] as const;

const { BASTIDE_LISTEN = "127.0.0.1" } = process.env;
const hosts = BASTIDE_LISTEN.split(",")
  .map((host) => host.trim())
  .filter((host) => host !== "");

async function hold(kind: ListenerKind, host: string, port: number): Promise<Held> {
  for (let waitedMs = 0; ; waitedMs += TAKEN.retryMs) {
    const bound = bind(host, port);
    if (typeof bound !== "string") return { kind, host, ...bound };
    if (bound !== "EADDRINUSE" || waitedMs >= TAKEN.forMs)
      return { kind, host, port, error: bound };
    await delay(TAKEN.retryMs);
  }
}

/** Port 0 is one port that the first address chooses for all. What is no port at all is for the program to refuse. */
async function holdAll(kind: ListenerKind, text = ""): Promise<Held[]> {
  const held: Held[] = [];
  let port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) return held;
  for (const host of hosts) {
    const one = await hold(kind, host, port);
    if (one.socket) port = one.port;
    held.push(one);
  }
  return held;
}

const held = await Promise.all(
  PORTS.map(({ kind, variable }) => holdAll(kind, process.env[variable])),
);
const program = join(import.meta.dirname, `primary${extname(import.meta.filename)}`);
const launcher = new Launcher(program, held.flat());
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => launcher.end(signal));
process.on("SIGUSR2", () => launcher.upgrade());
// A file was changed: the program in charge looks at it.
if (process.env[FILE_VARIABLE] !== undefined) process.on("SIGHUP", () => launcher.reload());
launcher.start();
