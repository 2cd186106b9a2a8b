import { readFileSync } from "node:fs";
import { isPortFree, nextFreePort } from "../machine/port-owner.ts";

/** Where the gateway speaks HTTP and HTTPS. */
export interface GatewayPorts {
  readonly gateway: number;
  readonly https: number;
  /** Why they are not the usual ones of the web, where those were wanted. */
  readonly remark?: string;
}

export interface WantedPorts {
  readonly port: number | undefined;
  readonly httpsPort: number | undefined;
  readonly baseDomain: string | undefined;
  readonly asRoot: boolean;
}

const WEB = { gateway: 80, https: 443 } as const;
const OWN = { gateway: 8080, https: 8443 } as const;
const SETTING = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/**
 * The ports of a new home, unless they were said: those of the web for a domain that others reach, if this machine lets
 * the gateway have them; else 8080, and 8443 or the next one that is free.
 */
export async function chooseGatewayPorts(wanted: WantedPorts): Promise<GatewayPorts> {
  const reason = wanted.port === undefined ? await whyNotWeb(wanted) : undefined;
  const gateway = wanted.port ?? (reason === undefined ? WEB.gateway : OWN.gateway);
  const https = wanted.httpsPort ?? (await httpsBeside(gateway));
  return reason === undefined || reason === LOCAL
    ? { gateway, https }
    : { gateway, https, remark: `${reason}; using ${gateway} and ${https}` };
}

const httpsBeside = async (gateway: number): Promise<number> =>
  gateway === WEB.gateway ? WEB.https : ((await nextFreePort(OWN.https)) ?? OWN.https);

const LOCAL = "only this machine is served";

async function whyNotWeb({
  baseDomain = "localhost",
  asRoot,
}: WantedPorts): Promise<string | undefined> {
  if (/(?:^|\.)localhost$/.test(baseDomain)) return LOCAL;
  if (!asRoot && firstUnprivilegedPort() > WEB.gateway)
    return `ports 80 and 443 are for root only here (to change that: sysctl net.ipv4.ip_unprivileged_port_start=80, then bastide up --port 80 --https-port 443)`;
  for (const port of [WEB.gateway, WEB.https])
    if (!(await isPortFree(port))) return `port ${port} is taken by another program`;
  return undefined;
}

/** From this port on any user may listen (ip(7)). */
export function firstUnprivilegedPort(): number {
  try {
    return Number(readFileSync(SETTING, "utf8"));
  } catch {
    return 1024;
  }
}
