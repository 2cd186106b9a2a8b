import { Failure } from "../command-line/failure.ts";
import type { Home } from "../home/home.ts";
import type { Person } from "../machine/confinement.ts";
import { anyFreePort, isPortFree } from "../machine/port-owner.ts";
import { findUser, isRoot, ownUser } from "../machine/user.ts";
import type { UpOptions } from "./up-options.ts";

/** The ports of the loopback interface are nobody's to know: another one is taken where one is in use. */
export async function withFreePorts(home: Home, freePort: number): Promise<Home> {
  const { orchestrator, nodes } = home.ports;
  const hasNodes = (home.nodes ?? 1) > 1 && home.nodesListen === undefined;
  const nodesFit = !hasNodes || (nodes !== undefined && (await isPortFree(nodes)));
  return {
    ...home,
    ports: {
      ...home.ports,
      ...((await isPortFree(orchestrator)) ? {} : { orchestrator: freePort }),
      ...(nodesFit ? {} : { nodes: await anyFreePort() }),
    },
  };
}

/** PostgreSQL refuses to run as root: the user that its Debian package makes, else nobody. */
export function databaseUser(): Person {
  if (!isRoot()) return ownUser();
  const user = findUser("postgres") ?? findUser("nobody");
  if (user !== undefined) return user;
  throw new Failure(
    "failed",
    "neither a user `postgres` nor `nobody` exists; PostgreSQL cannot run as root",
    {
      fix: "run: useradd --system --no-create-home postgres",
    },
  );
}

/** Ports and domain may be changed by saying so; what was made with the home never is. */
export function applyOptions(home: Home, options: UpOptions): Home {
  return {
    ...home,
    baseDomain: options.baseDomain ?? home.baseDomain,
    gatewayListen: options.listen ?? home.gatewayListen,
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
    ...(options.nodesListen === undefined ? {} : { nodesListen: options.nodesListen }),
    ports: {
      ...home.ports,
      gateway: options.gatewayPort ?? home.ports.gateway,
      https: options.httpsPort ?? home.ports.https,
    },
  };
}
