import type { Listener } from "../launcher/launcher.ts";
import type { Log } from "../observe/log.ts";
import { ABSENT, explained } from "../server/listen.ts";

/** A socket that the launcher holds for us. */
export type Holding = Required<Omit<Listener, "error">>;

/** What the launcher has bound, by its own word in our environment. */
export function readListeners(text: string | undefined): readonly Listener[] {
  const listeners: (Omit<Listener, "kind"> & Partial<Listener>)[] = JSON.parse(text ?? "[]");
  // A launcher of an earlier version knows one kind only, and is not replaced with the program.
  return listeners.map((listener) => ({ kind: "http", ...listener }));
}

/**
 * The sockets to take connections from. Says which addresses the machine does not have; throws when a port is taken or
 * forbidden, or no address is left.
 */
export function usable(listeners: readonly Listener[], log: Log): readonly Holding[] {
  const held = listeners.flatMap(({ kind, host, port, fd, error = "" }) => {
    if (fd !== undefined) return { kind, host, port, fd };
    if (!ABSENT.has(error)) throw explained({ code: error, message: error }, host, port);
    // Each port is asked for on the same addresses.
    if (kind === "http")
      log("warn", "the machine does not have this address; going on without it", { address: host });
    return [];
  });
  if (held.length > 0) return held;
  const addresses = listeners.map(({ host }) => host).join(", ");
  throw new Error(`the machine has none of the addresses ${addresses}`);
}
