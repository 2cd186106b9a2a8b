import type { Desired } from "../services/service.ts";

/** What somebody wants of a service, as the truth keeps it. */
export interface Intent {
  readonly service: string;
  readonly desired: Desired;
  /** Who asked and which ask: unique, so that an ask repeated after no answer counts once. */
  readonly id: string;
}

/** Every service's last intent. The truth counts its versions: each write makes a greater one. */
export interface IntentTable {
  readonly version: number;
  readonly intents: Readonly<Record<string, Intent>>;
}

export const NO_INTENTS: IntentTable = { version: 0, intents: {} };

/** Of two tables the one that is in force; an older one that arrives late changes nothing. */
export const newerOf = (mine: IntentTable, theirs: IntentTable): IntentTable =>
  theirs.version > mine.version ? theirs : mine;
