import { closeSync, openSync, readSync } from "node:fs";
import { isIPv4 } from "node:net";

/** A TCP socket of this machine that takes connections. */
export interface Listener {
  /** In the kernel's words: hexadecimal, each word of four bytes in the machine's order. */
  readonly address: string;
  readonly port: number;
  /** The user that made it. */
  readonly uid: number;
  readonly inode: string;
}

/** IPv4 first: where a socket of it has a port, none of IPv6 gets what comes by IPv4. A kernel may have none of the second. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];
/** TCP_LISTEN, as the kernel prints states (proc(5), /proc/net/tcp). */
const LISTENING = "0A";
/** About a line: the kernel makes no more of the table than is asked for. */
const READ_BYTES = 256;
/** Every address, as sockets of both kinds have it. */
const EVERYWHERE: readonly string[] = ["00000000", "0".repeat(32)];

/**
 * Every listening socket, from the kernel's tables, which everybody may read. They begin with these, and what follows is
 * left unread: each connection is a line, and a busy machine has a hundred thousand. So who has found what it looks for
 * should stop, and save the kernel the search for where connections begin.
 */
export function* listeners(): Generator<Listener, void, undefined> {
  for (const table of TABLES)
    for (const line of linesOf(table)) {
      const listener = parseListener(line);
      if (listener === undefined) break;
      yield listener;
    }
}

/**
 * Who takes connections to an address and port; undefined when nobody does. There is one user at most: the kernel lets
 * no other listen where they would arrive, neither there nor on every address.
 */
export function listenerAt({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): Listener | undefined {
  const reached = reachedAt(host);
  for (const listener of listeners())
    if (listener.port === port && reached.has(listener.address)) return listener;
  return undefined;
}

/** One line of a table; undefined for a socket that does not listen. */
export function parseListener(line: string): Listener | undefined {
  const [, local = "", , state, , , , uid, , inode = ""] = line.trim().split(/\s+/);
  if (state !== LISTENING) return undefined;
  const [address = "", port = ""] = local.split(":");
  return { address, port: Number.parseInt(port, 16), uid: Number(uid), inode };
}

/** The ways in which a socket may say that it is reached at an address; of IPv6 only what takes every address is known. */
function reachedAt(host: string): ReadonlySet<string> {
  if (!isIPv4(host)) return new Set(EVERYWHERE);
  // Words are in the byte order of x64 and arm64.
  const word = Buffer.from(host.split(".").map(Number).toReversed()).toString("hex").toUpperCase();
  return new Set([...EVERYWHERE, word, `0000000000000000FFFF0000${word}`]);
}

/** The lines below the head, each read when it is asked for. */
function* linesOf(table: string): Generator<string, void, undefined> {
  const descriptor = open(table);
  if (descriptor === undefined) return;
  try {
    const buffer = Buffer.alloc(READ_BYTES);
    let isHead = true;
    let rest = "";
    for (;;) {
      const length = readSync(descriptor, buffer);
      if (length === 0) return;
      const lines = (rest + buffer.toString("latin1", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!isHead) yield line;
        isHead = false;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function open(table: string): number | undefined {
  try {
    return openSync(table, "r");
  } catch {
    return undefined;
  }
}
