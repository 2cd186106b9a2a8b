import { Failure } from "../command-line/failure.ts";
import {
  describeOwner,
  isPortFree,
  nextFreePort,
  portOwner,
  type PortOwner,
} from "../machine/port-owner.ts";
import { isRoot } from "../machine/user.ts";
import { belongsTo, livingInstances } from "./own-instances.ts";

/** Below this only root may listen, unless the kernel was told otherwise. */
const FIRST_FREE_FOR_ALL = 1024;

/**
 * Throws Failure `conflict` that names the owner and offers the next free port, unless it is our own gateway: one that
 * outlived its supervisor is adopted with its port.
 */
export async function checkGatewayPort(
  port: number,
  agentDirectory: string,
  option: "--port" | "--https-port" = "--port",
): Promise<void> {
  const taken = await takenPort(port, agentDirectory);
  if (taken !== undefined)
    throw new Failure("conflict", `port ${port} is taken by ${describeOwner(taken.owner)}`, {
      fix: `stop it, or use another port: bastide up ${option} ${taken.offer}`,
    });
  if (
    port < FIRST_FREE_FOR_ALL &&
    !isRoot() &&
    !(await isPortFree(port)) &&
    portOwner(port) === undefined
  )
    throw new Failure("failed", `port ${port} is for root only`, {
      fix: `bastide up ${option} ${option === "--port" ? 8080 : 8443}, or: sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
    });
}

/** The owner of a port that we need and do not have ourselves, and a free port to offer instead. */
export async function takenPort(
  port: number,
  agentDirectory: string,
): Promise<{ owner: PortOwner; offer: number } | undefined> {
  if (await isPortFree(port)) return undefined;
  const owner = portOwner(port);
  if (owner === undefined || isOwn(owner, agentDirectory)) return undefined;
  return { owner, offer: (await nextFreePort(port + 1)) ?? 8080 };
}

const isOwn = ({ pid }: PortOwner, agentDirectory: string): boolean =>
  pid !== undefined && belongsTo(pid, livingInstances(agentDirectory));
