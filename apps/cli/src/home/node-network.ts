import { existsSync } from "node:fs";
import type { Home, HomePaths } from "./home.ts";
import { slotOf } from "./slot.ts";

/** A node's own network: a namespace, joined by a pair of links to the bridge that all of a home's nodes share. */
export interface NodeLink {
  readonly namespace: string;
  /** The bridge's end; what is cut when the cable is. */
  readonly link: string;
  readonly address: string;
}

/** The networks of a platform of several nodes on one machine, so that each is a machine as far as the others can see. */
export interface NodeNetwork {
  readonly bridge: string;
  /** This machine's own address on it. */
  readonly host: string;
  readonly links: readonly NodeLink[];
}

const IP = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].find((file) => existsSync(file));

/** The program that makes them; undefined where iproute2 is not installed. */
export const ipProgram = (): string | undefined => IP;

/**
 * Only root may make networks. Elsewhere, and without iproute2, nodes have addresses on the loopback interface; so they
 * have when the operator wants nodes to be taken there.
 */
export function networkOf(home: Home, { directory }: Pick<HomePaths, "directory">) {
  const further = (home.nodes ?? 1) - 1;
  const isWanted = home.users !== undefined && further > 0 && ipProgram() !== undefined;
  if (!isWanted || home.nodesListen?.host.startsWith("127.") === true) return undefined;
  return networkAt(slotOf(directory), further);
}

/** Names have at most fifteen characters (IFNAMSIZ), addresses are for private use (RFC 1918). */
export function networkAt(slot: number, further: number): NodeNetwork {
  const bridge = `bastide${slot}`;
  const subnet = `10.213.${slot}`;
  return {
    bridge,
    host: `${subnet}.1`,
    links: Array.from({ length: further }, (_, index) => ({
      namespace: `${bridge}-${index + 2}`,
      link: `${bridge}-${index + 2}`,
      address: `${subnet}.${index + 2}`,
    })),
  };
}
