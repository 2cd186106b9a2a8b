import type { TunnelTarget } from "@bastide/peer-tls";
import type { UpstreamAddress } from "./proxy-engine.ts";

const TUNNEL = /^([\w-]+)\.([\w-]+)@(.+)$/;

/**
 * What a pool of connections knows an upstream by, in the place of a host: instances of one node share an address, and
 * a connection to one of them is of no use for another. No host has an `@`.
 */
export const connectionName = ({ host, node, instance }: UpstreamAddress): string =>
  node === undefined ? host : `${instance ?? ""}.${node}@${host}`;

/** The tunnel that such a name stands for; undefined for a plain host. */
export function tunnelOf(name: string, port: number): TunnelTarget | undefined {
  const [, instance, node, host] = TUNNEL.exec(name) ?? [];
  if (instance === undefined || node === undefined || host === undefined) return undefined;
  return { instance, node, host, port };
}
