import { join, resolve } from "node:path";
import type { Person } from "../machine/confinement.ts";

/** Inclusive. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** `home.json`: what was decided when the home was made. Database and uids never change; ports and domain only on request. */
export interface Home {
  readonly format: 1;
  readonly createdAt: string;
  /** Name of this machine as a node of the platform. */
  readonly node: string;
  readonly baseDomain: string;
  readonly database: {
    readonly engine: "system" | "embedded";
    readonly major: number;
    readonly locale: string;
  };
  readonly ports: {
    readonly gateway: number;
    /** The gateway's, for HTTPS. */
    readonly https: number;
    /** On the loopback interface only. */
    readonly orchestrator: number;
    readonly instances: Range;
    /** For nodes, where there is more than one. */
    readonly nodes?: number;
  };
  /** How many nodes this machine runs; absent: one. */
  readonly nodes?: number;
  /** Where nodes on other machines are taken; absent: only this machine's own, on the loopback interface. */
  readonly nodesListen?: Listen;
  /** Addresses that the gateway listens on. */
  readonly gatewayListen: readonly string[];
  /** Only where the platform runs as root: who is who. */
  readonly users?: {
    readonly orchestrator: Person;
    readonly database: Person;
    readonly instances: Range;
  };
}

/** Where things are in a home; see the README of this app. */
export interface HomePaths {
  readonly directory: string;
  readonly homeFile: string;
  readonly adminToken: string;
  readonly rootKeysFile: string;
  readonly run: string;
  readonly keys: string;
  readonly rootKey: string;
  readonly secretsKey: string;
  readonly databasePassword: string;
  readonly database: string;
  readonly control: string;
  readonly blobs: string;
  readonly agent: string;
  /** The further nodes of this machine, a directory for each. */
  readonly nodes: string;
  readonly nodeToken: string;
  readonly supervisorPid: string;
  readonly state: string;
}

export function homePaths(directory: string): HomePaths {
  const at = (...parts: string[]) => join(directory, ...parts);
  return {
    directory,
    homeFile: at("home.json"),
    adminToken: at("admin.token"),
    rootKeysFile: at("root-keys.json"),
    run: at("run"),
    keys: at("keys"),
    rootKey: at("keys/root.key"),
    secretsKey: at("keys/secrets.key"),
    databasePassword: at("keys/database.password"),
    database: at("postgres"),
    control: at("control"),
    blobs: at("control/blobs"),
    agent: at("agent"),
    nodes: at("nodes"),
    nodeToken: at("agent/node.token"),
    supervisorPid: at("run/up.pid"),
    state: at("run/state.json"),
  };
}

export const pidFileOf = (paths: HomePaths, name: string): string => join(paths.run, `${name}.pid`);
export const logFileOf = (paths: HomePaths, name: string): string => join(paths.run, `${name}.log`);

/** The home that a command means: BASTIDE_HOME, else /var/lib/bastide for root and the clone's own for others. */
export function homeDirectory(
  environment: Readonly<Record<string, string | undefined>>,
  installation: string,
  asRoot: boolean,
): string {
  const chosen = environment["BASTIDE_HOME"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  return asRoot ? "/var/lib/bastide" : join(installation, ".bastide");
}

/** The host that the platform itself answers at. */
export const platformHost = (home: Home): string => `bastide.${home.baseDomain}`;

export const platformUrl = (home: Home): string => originOf(platformHost(home), home.ports.gateway);

export const appUrl = (home: Home, app: string): string =>
  originOf(`${app}.${home.baseDomain}`, home.ports.gateway);

/** The same over HTTPS, by a certificate of the platform's own authority. */
export const platformHttpsUrl = (home: Home): string => {
  const { https } = home.ports;
  return `https://${platformHost(home)}${https === 443 ? "" : `:${https}`}`;
};

const originOf = (host: string, port: number): string =>
  `http://${host}${port === 80 ? "" : `:${port}`}`;

export const orchestratorUrl = (home: Home): string =>
  `http://127.0.0.1:${home.ports.orchestrator}`;

export const nodesPort = (home: Home): number => home.nodesListen?.port ?? home.ports.nodes ?? 0;

export const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** `192.0.2.1:7443` or `[2001:db8::1]:7443`. */
export function readListen(text: string): Listen | undefined {
  const match = /^(?:\[([\da-f:]+)\]|([\d.]+)):(\d{1,5})$/i.exec(text);
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
