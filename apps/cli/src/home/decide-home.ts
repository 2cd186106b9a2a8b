import { hostname, networkInterfaces } from "node:os";
import type { PostgresBinaries } from "../postgres/locate.ts";
import type { Person } from "../machine/confinement.ts";
import type { Home, Range } from "./home.ts";
import { slotOf } from "./slot.ts";

export interface Wishes {
  readonly directory: string;
  readonly asRoot: boolean;
  readonly now: Date;
  readonly postgres: PostgresBinaries;
  readonly databaseUser: Person;
  readonly locale: string;
  readonly orchestratorPort: number;
  readonly gatewayPort: number;
  readonly httpsPort: number;
  readonly baseDomain: string | undefined;
  readonly listen: readonly string[] | undefined;
}

const USERS_OF_A_HOME = 10_000;

/** Everything that a new home records. Pure but for the machine's name and addresses. */
export function decideHome(wishes: Wishes): Home {
  const slot = slotOf(wishes.directory);
  return {
    format: 1,
    createdAt: wishes.now.toISOString(),
    node: nodeName(hostname()),
    baseDomain: wishes.baseDomain ?? "localhost",
    database: {
      engine: wishes.postgres.engine,
      major: wishes.postgres.major,
      locale: wishes.locale,
    },
    ports: {
      gateway: wishes.gatewayPort,
      https: wishes.httpsPort,
      orchestrator: wishes.orchestratorPort,
      instances: instancePorts(slot),
    },
    gatewayListen: wishes.listen ?? loopbackAddresses(),
    ...(wishes.asRoot ? { users: usersOf(slot, wishes.databaseUser) } : {}),
  };
}

/** Ports and users of the instances of a node that joined a platform elsewhere. */
export function rangesOf(
  directory: string,
  asRoot: boolean,
): { readonly ports: Range; readonly users?: Range } {
  const slot = slotOf(directory);
  const first = firstUserOf(slot);
  const users = { first, last: first + USERS_OF_A_HOME - 1 };
  return { ports: instancePorts(slot), ...(asRoot ? { users } : {}) };
}

const firstUserOf = (slot: number): number =>
  slot === 0 ? 200_000 : 1_000_000 + slot * 2 * USERS_OF_A_HOME;

function usersOf(slot: number, database: Person): NonNullable<Home["users"]> {
  const first = firstUserOf(slot);
  const orchestrator = first + USERS_OF_A_HOME;
  return {
    orchestrator: { uid: orchestrator, gid: orchestrator },
    database,
    instances: { first, last: orchestrator - 1 },
  };
}

/** Below the kernel's ephemeral ports; homes but the usual one share the lower half in blocks. */
function instancePorts(slot: number): Range {
  if (slot === 0) return { first: 20_000, last: 29_999 };
  const first = 10_000 + (slot % 20) * 500;
  return { first, last: first + 499 };
}

/** The machine's name as a DNS label that the platform takes. */
export function nodeName(host: string): string {
  const label = (host.split(".")[0] ?? "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return label === "" ? "node-1" : label;
}

function loopbackAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ address }) => address === "::1") ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
}
