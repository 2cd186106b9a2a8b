import type { Listener } from "../launcher/launcher.ts";
import type { Log } from "../observe/log.ts";
import { ABSENT, explained } from "../server/listen.ts";

/** A socket that the launcher holds for us. */
export type Holding = Required<Omit<Listener, "error">>;

/** What the launcher has bound, by its own word in our environment. */
export function readListeners(text: string | undefined): readonly Listener[] {
  const listeners: Listener[] = JSON.parse(text ?? "[]");
  return listeners;
}

/**
 * The sockets to take connections from. Says which addresses the machine does not have; throws when a port is taken or
 * forbidden, or no address is left.
 */
export function usable(listeners: readonly Listener[], log: Log): readonly Holding[] {
  const held = listeners.flatMap(({ host, port, fd, error = "" }) => {
    if (fd !== undefined) return { host, port, fd };
    if (!ABSENT.has(error)) throw explained({ code: error, message: error }, host, port);
    log("warn", "the machine does not have this address; going on without it", { address: host });
    return [];
  });
  if (held.length > 0) return held;
  const addresses = listeners.map(({ host }) => host).join(", ");
  throw new Error(`the machine has none of the addresses ${addresses}`);
}
