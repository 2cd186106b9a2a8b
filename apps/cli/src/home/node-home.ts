import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failure, messageOf, systemCode } from "../command-line/failure.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { type Listen, type Range, readListen } from "./home.ts";
import type { AgentPlace } from "./local-nodes.ts";

/** `node.json`: what a machine that joined a platform has to know at each start. */
export interface NodeHome {
  readonly format: 1;
  readonly name: string;
  /** Where the control plane takes nodes. */
  readonly url: string;
  /** Where the control plane and the gateways reach this one. */
  readonly listen: Listen;
  readonly ports: Range;
  readonly users?: Range;
}

/** The directory of this machine as a node: BASTIDE_NODE_HOME, else by who runs it. */
export function nodeDirectory(
  environment: Readonly<Record<string, string | undefined>>,
  installation: string,
  asRoot: boolean,
): string {
  const chosen = environment["BASTIDE_NODE_HOME"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  return asRoot ? "/var/lib/bastide-node" : join(installation, ".bastide-node");
}

const fileOf = (directory: string): string => join(directory, "node.json");

export function writeNodeHome(
  directory: string,
  { listen, ports, users, ...home }: NodeHome,
): void {
  const document = {
    ...home,
    listen: `${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${listen.port}`,
    ports: textOf(ports),
    ...(users === undefined ? {} : { users: textOf(users) }),
  };
  writeFileAtomically(fileOf(directory), `${JSON.stringify(document, null, 2)}\n`, { mode: 0o644 });
}

/** Undefined where no node was set up. By hand and not by zod: it is read by a supervisor that should stay small. */
export function readNodeHome(directory: string): NodeHome | undefined {
  const file = fileOf(directory);
  try {
    return parseNodeHome(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new Failure("failed", `${file} is damaged: ${messageOf(error)}`, {
      fix: "restore it from a backup, or remove the directory and let this machine join again",
      cause: error,
    });
  }
}

function parseNodeHome(document: unknown): NodeHome {
  const fields = new Map(Object.entries(Object(document)));
  const text = (name: string): string => {
    const value = fields.get(name);
    if (typeof value === "string") return value;
    throw new TypeError(`"${name}" cannot be ${JSON.stringify(value) ?? "missing"}`);
  };
  const listen = readListen(text("listen"));
  if (fields.get("format") !== 1) throw new TypeError("format must be 1");
  if (listen === undefined) throw new TypeError('"listen" is no <address>:<port>');
  return {
    format: 1,
    name: text("name"),
    url: text("url"),
    listen,
    ports: rangeOf(text("ports")),
    ...(fields.has("users") ? { users: rangeOf(text("users")) } : {}),
  };
}

const textOf = ({ first, last }: Range): string => `${first}-${last}`;

function rangeOf(text: string): Range {
  const match = /^(\d{1,7})-(\d{1,7})$/.exec(text);
  if (match) return { first: Number(match[1]), last: Number(match[2]) };
  throw new TypeError(`"${text}" is no <first>-<last>`);
}

/** Where its agent lives. */
export const placeOf = (
  directory: string,
  { name, listen, ports, users }: NodeHome,
): AgentPlace => ({
  name,
  directory: join(directory, "agent"),
  logFile: join(directory, "agent.log"),
  pidFile: join(directory, "agent.pid"),
  ports,
  ...(users === undefined ? {} : { users }),
  joined: { identityDirectory: directory, listen },
});
