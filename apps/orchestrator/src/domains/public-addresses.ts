import { networkInterfaces } from "node:os";
import { Injectable } from "@nestjs/common";
import { gateway } from "../bricks/gateway.ts";
import { Config } from "../config.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import type { Expected } from "./domain/check-records.ts";

type GatewayPlaces = Pick<Config, "node" | "publicAddresses" | "gatewayListen">;

const LOOPBACK = /^(?:127\.|::1$)/;
const LINK_LOCAL = /^(?:169\.254\.|fe80:)/i;

/** Where domains should lead: the gateways' addresses as the world sees them. */
@Injectable()
export class PublicAddresses {
  constructor(
    private readonly config: Config,
    private readonly urls: PublicUrls,
    private readonly registry: InstanceRegistry,
  ) {}

  expected(): Expected {
    const { acme, baseDomain } = this.config;
    return {
      addresses: gatewayAddresses(this.config, this.registry),
      // Others resolve it only if the base domain is a real one.
      host: /(?:^|\.)localhost$/.test(baseDomain) ? undefined : this.urls.platformHost,
      caaIdentities: acme.caaIdentities,
    };
  }
}

/**
 * What the operator said; else where the gateway of this machine listens, and the addresses of the nodes that have
 * another one. None where this machine's listens to itself only: it is then a platform for one machine.
 */
export function gatewayAddresses(
  { node: own, publicAddresses, gatewayListen }: GatewayPlaces,
  registry: Pick<InstanceRegistry, "ofService" | "nodes">,
): readonly string[] {
  if (publicAddresses) return publicAddresses;
  const here = gatewayListen.flatMap(reachable);
  if (here.length === 0) return [];
  const elsewhere = registry
    .ofService(gateway.name)
    .flatMap(({ node }) => (node === own ? [] : (registry.nodes.doorOf(node)?.host ?? [])))
    .filter((address) => !LOOPBACK.test(address));
  return [...new Set([...here, ...elsewhere])];
}

/** The addresses that one listening address stands for. */
function reachable(listen: string): string[] {
  if (listen !== "0.0.0.0" && listen !== "::") return LOOPBACK.test(listen) ? [] : [listen];
  const family = listen === "::" ? "IPv6" : "IPv4";
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => !one.internal && one.family === family && !LINK_LOCAL.test(one.address))
    .map(({ address }) => address);
}
