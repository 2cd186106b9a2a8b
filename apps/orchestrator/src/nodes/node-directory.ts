import { Injectable } from "@nestjs/common";
import type { NodeFacts, NodeLiveness, NodePlace, NodeReport } from "@bastide/contracts";
import { isDeepStrictEqual } from "node:util";
import { DataSource } from "typeorm";
import { Config } from "../config.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import type { NodeCondition, NodeDoor } from "../instances/node-conditions.ts";
import { NodeRow } from "./node.row.ts";

/** A node that says nothing for this long counts as unreachable, whatever the reason. */
export const SILENCE_MS = 30_000;
/** The row follows at least this often; reachability is judged from memory. */
const RECORD_EVERY_MS = 10_000;

export interface KnownNode {
  readonly name: string;
  readonly facts?: NodeFacts;
  readonly agentUrl?: string;
  readonly lastSeenMs?: number;
  readonly joinedAt?: Date;
  readonly publicKey?: string;
  readonly liveness: NodeLiveness;
  readonly place: NodePlace;
  readonly isCordoned: boolean;
  readonly isDraining: boolean;
}

/** The nodes, what they say of themselves and when they last did, and what operators decided about them. */
@Injectable()
export class NodeDirectory {
  readonly #nodes = new Map<string, KnownNode>();
  readonly #recordedMs = new Map<string, number>();
  /** What was on its way when a node was removed does not make it known again: only to join does. */
  readonly #removed = new Set<string>();

  constructor(
    private readonly database: DataSource,
    private readonly registry: InstanceRegistry,
    private readonly config: Config,
  ) {}

  async load(): Promise<void> {
    for (const row of await this.database.getRepository(NodeRow).find()) this.#put(knownOf(row));
  }

  list(): KnownNode[] {
    return [...this.#nodes.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** In no order. */
  all(): Iterable<KnownNode> {
    return this.#nodes.values();
  }

  get(name: string): KnownNode | undefined {
    return this.#nodes.get(name);
  }

  /** Also of one that nobody has heard of yet. */
  known(name: string): KnownNode {
    const known = this.#nodes.get(name);
    return known ?? { name, place: {}, liveness: "alive", isCordoned: false, isDraining: false };
  }

  /** Where the control plane and the gateways reach it; undefined for the one on the control plane's own machine. */
  addressOf(name: string): string | undefined {
    return name === this.config.node ? undefined : this.registry.nodes.doorOf(name)?.host;
  }

  isReachable(name: string, nowMs: number = Date.now()): boolean {
    const known = this.#nodes.get(name);
    const seen = known?.lastSeenMs;
    return known?.liveness === "alive" && seen !== undefined && nowMs - seen < SILENCE_MS;
  }

  /** Any sign of life. */
  seen(name: string, nowMs: number = Date.now()): void {
    if (this.#removed.has(name)) return;
    this.#put({ ...this.known(name), lastSeenMs: nowMs });
  }

  async report(name: string, said: NodeReport): Promise<void> {
    if (!this.#removed.has(name)) await this.#reported(name, said);
  }

  async #reported(name: string, { facts, agentUrl }: NodeReport): Promise<void> {
    const nowMs = Date.now();
    const before = this.#nodes.get(name);
    const isKnown = isDeepStrictEqual(before?.facts, facts);
    // The object stays the same as long as what it says: who follows nodes sees by it that nothing changed.
    const kept = isKnown ? (before?.facts ?? facts) : facts;
    this.#put({ ...this.known(name), facts: kept, agentUrl, lastSeenMs: nowMs });
    const isDue = nowMs - (this.#recordedMs.get(name) ?? 0) >= RECORD_EVERY_MS;
    if (isKnown && before?.agentUrl === agentUrl && !isDue) return;
    this.#recordedMs.set(name, nowMs);
    await this.database
      .getRepository(NodeRow)
      .upsert({ name, facts, agentUrl, lastSeenAt: new Date(nowMs) }, ["name"]);
  }

  /** Acted upon at once; on record when this resolves. */
  async setLiveness(name: string, liveness: NodeLiveness): Promise<void> {
    if (this.#removed.has(name)) return;
    const before = this.known(name);
    this.#put({ ...before, liveness });
    const isGivenUp = liveness === "lost";
    if (isGivenUp === (before.liveness === "lost")) return;
    await this.#update(name, { lostAt: isGivenUp ? new Date() : null });
  }

  /** What operators decide: on record first. */
  async mark(
    name: string,
    { isCordoned, isDraining }: Pick<KnownNode, "isCordoned" | "isDraining">,
  ): Promise<KnownNode> {
    const now = new Date();
    await this.#update(name, {
      cordonedAt: isCordoned ? now : null,
      drainingAt: isDraining ? now : null,
    });
    this.#put({ ...this.known(name), isCordoned, isDraining });
    return this.known(name);
  }

  /** The same of where it stands and who answers for it. */
  async setPlace(name: string, place: NodePlace): Promise<KnownNode> {
    await this.#update(name, { place });
    this.#put({ ...this.known(name), place });
    return this.known(name);
  }

  /** One that joined, or joined again. */
  put(row: NodeRow): void {
    this.#removed.delete(row.name);
    this.#put(knownOf(row));
  }

  forget(name: string): void {
    this.#removed.add(name);
    this.#nodes.delete(name);
    this.#recordedMs.delete(name);
    this.registry.nodes.forget(name);
  }

  async #update(name: string, change: Partial<NodeRow>): Promise<void> {
    await this.database.getRepository(NodeRow).update({ name }, change);
  }

  #put(node: KnownNode): void {
    this.#nodes.set(node.name, node);
    this.registry.nodes.set(node.name, conditionOf(node));
    const isOwn = node.name === this.config.node;
    this.registry.nodes.setDoor(node.name, isOwn ? ownDoorOf(this.config) : doorOf(node));
  }
}

/** An agent that answers by TLS is on another machine; the same listener leads to its instances. */
function doorOf({ name, agentUrl }: KnownNode): NodeDoor | undefined {
  if (agentUrl?.startsWith("https:") !== true) return undefined;
  const { hostname, port } = new URL(agentUrl);
  return { node: name, host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port || 443) };
}

/** After the port at which nodes are taken, and that of this machine's guard. */
const OWN_DOOR = 2;

/** This machine's own door, where there may be others: gateways on them have to reach what runs here. */
export function ownDoorOf({
  node,
  nodesListen,
}: Pick<Config, "node" | "nodesListen">): NodeDoor | undefined {
  return nodesListen && { node, host: nodesListen.host, port: nodesListen.port + OWN_DOOR };
}

function conditionOf({ liveness, isDraining }: KnownNode): NodeCondition {
  if (liveness !== "alive") return liveness;
  return isDraining ? "leaving" : "well";
}

const knownOf = (row: NodeRow): KnownNode => ({
  name: row.name,
  place: row.place,
  liveness: row.lostAt ? "lost" : "alive",
  isCordoned: row.cordonedAt !== null,
  isDraining: row.drainingAt !== null,
  ...(row.facts ? { facts: row.facts } : {}),
  ...(row.agentUrl === null ? {} : { agentUrl: row.agentUrl }),
  ...(row.lastSeenAt ? { lastSeenMs: row.lastSeenAt.getTime() } : {}),
  ...(row.joinedAt ? { joinedAt: row.joinedAt } : {}),
  ...(row.publicKey === null ? {} : { publicKey: row.publicKey }),
});
