import { type Listener, listenerAt, listeners } from "@bastide/runtime";

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Whoever but `uid` answers on the port of the address, in words; undefined when it is that user.
 * Instances share the host's network: a port that is free for a moment may be taken by another tenant's process, which
 * would then get the requests, and the trust, of the one that should have it.
 */
export function strangerOn(address: Address, uid: number): string | undefined {
  const listener = listenerAt(address);
  if (listener === undefined || listener.uid === uid) return undefined;
  return `port ${address.port} is taken by a process of user ${listener.uid}, not of this instance's user ${uid}; what answers there is not the app`;
}

/** Every port on which a user takes connections, lowest first. */
export function portsOf(uid: number, all: Iterable<Listener>): readonly number[] {
  const ports = Array.from(all).flatMap((one) => (one.uid === uid ? [one.port] : []));
  return [...new Set(ports)].toSorted((left, right) => left - right);
}

/** "; it listens on port 3000 instead", where a user's processes listen, but not where they should; else nothing. */
export function insteadOf(port: number, uid: number): string {
  const [first, ...more] = portsOf(uid, listeners()).filter((other) => other !== port);
  if (first === undefined) return "";
  return `; it listens on port${more.length > 0 ? "s" : ""} ${[first, ...more].join(", ")} instead`;
}
