import { once } from "node:events";
import type { Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A predecessor that was killed may hold the port for a moment. */
const TAKEN = { retryMs: 25, forMs: 2_000 };
/** Connections that the kernel keeps while none is taken, as far as net.core.somaxconn lets it. */
const BACKLOG = 4_096;
/** The machine has no such address, or no such kind of address. */
export const ABSENT: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/**
 * Listens and gives the port; undefined when the machine has no such address. Throws when the port is taken, with
 * what to do, or may not be used.
 */
export async function tryListen(
  server: Server,
  host: string,
  port: number,
): Promise<number | undefined> {
  for (let waitedMs = 0; ; waitedMs += TAKEN.retryMs) {
    const error = await listenOnce(server, host, port);
    if (error === undefined) return portOf(server);
    if (ABSENT.has(error.code ?? "")) return undefined;
    if (error.code !== "EADDRINUSE" || waitedMs >= TAKEN.forMs) throw explained(error, host, port);
    await delay(TAKEN.retryMs);
  }
}

async function listenOnce(
  server: Server,
  host: string,
  port: number,
): Promise<NodeJS.ErrnoException | undefined> {
  try {
    server.listen({ host, port, ipv6Only: true, backlog: BACKLOG });
    await once(server, "listening");
    return undefined;
  } catch (cause) {
    if (cause instanceof Error) return cause;
    throw cause;
  }
}

/** Listens on a socket that is bound already. */
export async function listenOn(server: Server, fd: number): Promise<void> {
  server.listen({ fd, backlog: BACKLOG });
  await once(server, "listening");
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

export function explained(
  error: Pick<NodeJS.ErrnoException, "code" | "message">,
  host: string,
  port: number,
): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program has it; stop that one or choose another port",
    EACCES: "this user may not use it; choose a port above 1023",
  };
  const reason = reasons[error.code ?? ""] ?? error.message;
  return new Error(`the gateway cannot listen on ${host} port ${port}: ${reason}`, {
    cause: error,
  });
}
