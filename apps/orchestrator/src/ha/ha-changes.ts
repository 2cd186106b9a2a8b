import { Injectable } from "@nestjs/common";
import type { Wanted } from "./domain/without-removed.ts";
import { HaEvents } from "./ha-events.ts";
import { HaGroups } from "./ha-groups.ts";
import type { HaServiceRow } from "./ha-service.row.ts";
import { HaTruth } from "./ha-truth.ts";

/** Gets what is on record, and gives nothing where that may stay. */
type Decide = (row: HaServiceRow | undefined) => Change | undefined;

export interface Change {
  readonly wanted: Wanted;
  /** For people who follow what happens. */
  readonly what: string;
}

/**
 * Changes to what is on record of services: one after the other, so that none rests on what another is about to change,
 * and versions appear in their order. Each is on record, and the nodes are told, when it resolves.
 */
@Injectable()
export class HaChanges {
  #changing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly truth: HaTruth,
    private readonly groups: HaGroups,
    private readonly events: HaEvents,
  ) {}

  change(name: string, decide: Decide): Promise<void> {
    const changing = this.#changing.then(() => this.#changeNow(name, decide));
    this.#changing = changing.catch(() => undefined);
    return changing;
  }

  async #changeNow(name: string, decide: Decide): Promise<void> {
    const changed = decide((await this.truth.rows()).find((one) => one.name === name));
    if (changed === undefined) return;
    await this.truth.want(name, changed.wanted);
    await this.groups.refresh();
    this.events.add({ service: name, what: changed.what });
  }
}
