import { readFileSync } from "node:fs";
import { Failure, messageOf, systemCode } from "../command-line/failure.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import type { Home, Range } from "./home.ts";
import { MOST_NODES } from "./local-nodes.ts";
import type { Person } from "../machine/confinement.ts";

/** Reads home.json by hand and not by zod: the supervisor, which runs for ever, would be twice as big with it. */
export function readHomeFile(file: string): Home | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return parseHome(JSON.parse(text));
  } catch (error) {
    throw new Failure("failed", `${file} is damaged: ${messageOf(error)}`, {
      fix: "restore it from a backup, or give another directory with BASTIDE_HOME; nothing was changed",
      cause: error,
    });
  }
}

export function writeHomeFile(file: string, home: Home): void {
  writeFileAtomically(file, `${JSON.stringify(home, null, 2)}\n`, { mode: 0o644 });
}

/** Throws TypeError that names the first field that is wrong. */
export function parseHome(document: unknown): Home {
  const root = new Fields(document, "");
  const format = root.integer("format", 1, 1);
  if (format !== 1) throw new TypeError("format must be 1");
  const database = root.child("database");
  const ports = root.child("ports");
  const users = root.optionalChild("users");
  const nodes = root.optionalInteger("nodes", 1, MOST_NODES);
  const nodePort = ports.optionalInteger("nodes", 1, 65_535);
  const listen = root.optionalChild("nodesListen");
  return {
    format,
    createdAt: root.text("createdAt", /^\d{4}-\d{2}-\d{2}T/),
    node: root.text("node", /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}$/),
    baseDomain: root.text("baseDomain", DOMAIN),
    database: {
      engine:
        database.text("engine", /^system$/, /^embedded$/) === "system" ? "system" : "embedded",
      major: database.integer("major", 15, 99),
      locale: database.text("locale", /^[\w.@-]{1,40}$/),
    },
    ports: {
      gateway: ports.integer("gateway", 1, 65_535),
      // Homes of the first version have none.
      https: ports.optionalInteger("https", 1, 65_535) ?? 8443,
      orchestrator: ports.integer("orchestrator", 1, 65_535),
      instances: range(ports.child("instances"), 65_535),
      ...(nodePort === undefined ? {} : { nodes: nodePort }),
    },
    ...(nodes === undefined ? {} : { nodes }),
    ...(listen === undefined
      ? {}
      : {
          nodesListen: {
            host: listen.text("host", ADDRESS),
            port: listen.integer("port", 1, 65_535),
          },
        }),
    gatewayListen: root.texts("gatewayListen", ADDRESS),
    ...(users === undefined
      ? {}
      : {
          users: {
            orchestrator: person(users.child("orchestrator")),
            database: person(users.child("database")),
            instances: range(users.child("instances"), MAX_UID),
          },
        }),
  };
}

const ADDRESS = /^[\da-f.:]{2,45}$/i;
const MAX_UID = 4_294_967_294;
/** A host name's suffix (RFC 1123 §2.1), lower case. */
export const DOMAIN: RegExp =
  /^(?=.{1,200}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

const range = (fields: Fields, most: number): Range => {
  const first = fields.integer("first", 1, most);
  return { first, last: fields.integer("last", first, most) };
};

const person = (fields: Fields): Person => ({
  uid: fields.integer("uid", 1, MAX_UID),
  gid: fields.integer("gid", 1, MAX_UID),
});

/** The fields of one object, each read with its check. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #path: string;

  constructor(document: unknown, path: string) {
    if (typeof document !== "object" || document === null || Array.isArray(document))
      throw new TypeError(`${path === "" ? "the document" : path} must be an object`);
    this.#values = new Map(Object.entries(document));
    this.#path = path;
  }

  text(name: string, ...patterns: readonly RegExp[]): string {
    const value = this.#values.get(name);
    if (typeof value === "string" && patterns.some((pattern) => pattern.test(value))) return value;
    throw this.#wrong(name, value);
  }

  texts(name: string, pattern: RegExp): string[] {
    const value = this.#values.get(name);
    if (Array.isArray(value) && value.length > 0 && value.every((one) => pattern.test(String(one))))
      return value.map(String);
    throw this.#wrong(name, value);
  }

  integer(name: string, least: number, most: number): number {
    const value = this.#values.get(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most)
      return value;
    throw this.#wrong(name, value);
  }

  optionalInteger(name: string, least: number, most: number): number | undefined {
    return this.#values.has(name) ? this.integer(name, least, most) : undefined;
  }

  child(name: string): Fields {
    return new Fields(this.#values.get(name), `${this.#path}${name}`);
  }

  optionalChild(name: string): Fields | undefined {
    return this.#values.has(name) ? this.child(name) : undefined;
  }

  #wrong(name: string, value: unknown): TypeError {
    const path = this.#path === "" ? name : `${this.#path}.${name}`;
    return new TypeError(`"${path}" cannot be ${JSON.stringify(value) ?? "missing"}`);
  }
}
