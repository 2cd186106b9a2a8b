import { Witness } from "../src/fencing/witness.ts";
import { type Intent, type IntentTable, NO_INTENTS } from "../src/intents/intent.ts";
import type { VoterSets } from "./voter-sets.ts";
import type { SafetyRules } from "../src/safety-rules.ts";

export const TRUTH = "truth";

/** The control plane's database: it outlives every fault, and takes what is wanted itself. */
export class Truth {
  readonly #rules: SafetyRules;
  readonly #services = new Map<string, Witness>();
  #table: IntentTable = NO_INTENTS;
  readonly #voters: VoterSets;
  #floor = 0;

  constructor(rules: SafetyRules, voters: VoterSets) {
    this.#rules = rules;
    this.#voters = voters;
  }

  get table(): IntentTable {
    return this.#table;
  }

  /** What somebody wants, from now on. */
  write(intent: Intent): void {
    this.#table = {
      version: this.#table.version + 1,
      intents: { ...this.#table.intents, [intent.service]: intent },
    };
    this.#voters.written(this.#table);
  }

  /** The protected resource of a service: whether it takes this write. */
  admits(service: string, epoch: number): boolean {
    let witness = this.#services.get(service);
    if (witness === undefined) {
      witness = new Witness(0, this.#rules);
      this.#services.set(service, witness);
    }
    return witness.admit(epoch).kind === "admitted";
  }

  /** Puts the next life of the lease store on record. */
  recordLife(knownEpochs: readonly number[]): number {
    const seen = Array.from(this.#services.values(), ({ highestEpoch }) => highestEpoch);
    this.#floor = this.#rules.seedFloor([...knownEpochs, ...seen, this.#floor]);
    return this.#floor;
  }
}
