import { networkInterfaces } from "node:os";
import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import type { Expected } from "./domain/check-records.ts";

const LOOPBACK = /^(?:127\.|::1$)/;
const LINK_LOCAL = /^(?:169\.254\.|fe80:)/i;

/** Where domains should lead: the gateway's addresses as the world sees them. */
@Injectable()
export class PublicAddresses {
  constructor(
    private readonly config: Config,
    private readonly urls: PublicUrls,
  ) {}

  expected(): Expected {
    const { publicAddresses, gatewayListen, acme, baseDomain } = this.config;
    return {
      addresses: publicAddresses ?? gatewayListen.flatMap(reachable),
      // Others resolve it only if the base domain is a real one.
      host: /(?:^|\.)localhost$/.test(baseDomain) ? undefined : this.urls.platformHost,
      caaIdentities: acme.caaIdentities,
    };
  }
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
