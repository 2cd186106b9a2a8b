import { Injectable } from "@nestjs/common";
import type { NodeFacts, NodeReport } from "@bastide/contracts";
import { isDeepStrictEqual } from "node:util";
import { DataSource } from "typeorm";
import { NodeRow } from "./node.row.ts";

/** A node that says nothing for this long counts as unreachable. */
export const SILENCE_MS = 30_000;
/** The row follows at least this often; reachability is judged from memory. */
const RECORD_EVERY_MS = 10_000;

export interface KnownNode {
  readonly name: string;
  readonly facts?: NodeFacts;
  readonly agentUrl?: string;
  readonly lastSeenMs?: number;
}

/** The nodes, what they say of themselves and when they last did. */
@Injectable()
export class NodeDirectory {
  readonly #nodes = new Map<string, KnownNode>();
  readonly #recordedMs = new Map<string, number>();

  constructor(private readonly database: DataSource) {}

  async load(): Promise<void> {
    for (const row of await this.database.getRepository(NodeRow).find())
      this.#nodes.set(row.name, {
        name: row.name,
        ...(row.facts ? { facts: row.facts } : {}),
        ...(row.agentUrl === null ? {} : { agentUrl: row.agentUrl }),
        ...(row.lastSeenAt ? { lastSeenMs: row.lastSeenAt.getTime() } : {}),
      });
  }

  list(): KnownNode[] {
    return [...this.#nodes.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): KnownNode | undefined {
    return this.#nodes.get(name);
  }

  isReachable(name: string, nowMs: number = Date.now()): boolean {
    const seen = this.#nodes.get(name)?.lastSeenMs;
    return seen !== undefined && nowMs - seen < SILENCE_MS;
  }

  /** Any sign of life. */
  seen(name: string, nowMs: number = Date.now()): void {
    this.#nodes.set(name, { ...this.#nodes.get(name), name, lastSeenMs: nowMs });
  }

  async report(name: string, { facts, agentUrl }: NodeReport): Promise<void> {
    const nowMs = Date.now();
    const before = this.#nodes.get(name);
    this.#nodes.set(name, { name, facts, agentUrl, lastSeenMs: nowMs });
    const isDue = nowMs - (this.#recordedMs.get(name) ?? 0) >= RECORD_EVERY_MS;
    const isSame = before?.agentUrl === agentUrl && isDeepStrictEqual(before.facts, facts);
    if (isSame && !isDue) return;
    this.#recordedMs.set(name, nowMs);
    await this.database
      .getRepository(NodeRow)
      .upsert({ name, facts, agentUrl, lastSeenAt: new Date(nowMs) }, ["name"]);
  }
}
