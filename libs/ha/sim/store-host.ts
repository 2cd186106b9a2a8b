import type { LeaseCommand } from "../src/leases/lease-command.ts";
import { SEED_KEY, type SeedCommand } from "../src/leases/seeder.ts";
import type { StoreAnswer } from "../src/guard/guard.ts";
import type { StoreAsk } from "../src/guard/guard-message.ts";
import type { LeaseTable } from "../src/testing/lease-table.ts";
import type { Parts } from "./mutations.ts";

export const STORE = "store";

/** Where the lease store runs: it may be away, and come back without what it knew. */
export class StoreHost {
  readonly #parts: Parts;
  table: LeaseTable;
  isUp = true;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.table = parts.makeTable();
  }

  rebuild(): void {
    this.table = this.#parts.makeTable();
  }
}

const seedOf = (table: LeaseTable): StoreAnswer => {
  const text = table.readValue(SEED_KEY);
  return { kind: "seed", floor: text === undefined ? undefined : Number(text) };
};

/** What the store says to an ask, having done it. */
export function answerOf(table: LeaseTable, ask: StoreAsk, nowMs: number): StoreAnswer {
  if (ask.kind === "poll-seed") return seedOf(table);
  return ask.kind === "seed"
    ? seedingAnswer(table, ask.command, nowMs)
    : leaseAnswer(table, ask.command, nowMs);
}

function leaseAnswer(table: LeaseTable, command: LeaseCommand, nowMs: number): StoreAnswer {
  switch (command.kind) {
    case "acquire":
      return { kind: "acquisition", answer: table.tryAcquire(command.request, nowMs) };
    case "renew":
      return { kind: "renewal", answer: table.renew(command.grant, nowMs) };
    case "release":
      table.release(command.grant, nowMs);
      return { kind: "released" };
    case "read-seed":
      return seedOf(table);
    case "ask-promises":
    case "ask-regrants":
    default:
      return undefined;
  }
}

function seedingAnswer(table: LeaseTable, command: SeedCommand, nowMs: number): StoreAnswer {
  if (command.kind === "seed-acquire")
    return { kind: "acquisition", answer: table.tryAcquire(command.request, nowMs) };
  if (command.kind !== "seed-write") return undefined;
  const { grant, floor } = command;
  return { kind: "written", answer: table.writeFenced(grant, SEED_KEY, String(floor), nowMs) };
}
