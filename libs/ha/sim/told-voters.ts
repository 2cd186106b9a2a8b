import type { Guard } from "../src/guard/guard.ts";
import type { ServiceSpec } from "../src/services/service.ts";
import { leases } from "./scenario.ts";
import type { VoterSets } from "./voter-sets.ts";

/** Who votes on the database as far as one node was told. */
export class ToldVoters {
  readonly #servicesOf: (voters: readonly string[]) => ServiceSpec[];
  #voters: readonly string[];
  #isKept = true;
  specs: readonly ServiceSpec[];

  constructor(ids: readonly string[], servicesOf: (voters: readonly string[]) => ServiceSpec[]) {
    this.#servicesOf = servicesOf;
    this.#voters = ids;
    this.specs = servicesOf(ids);
  }

  /** Who votes comes with what is wanted; true when that is others than before. */
  hear(sets: VoterSets, version: number, guard: Guard, nowMs: number): boolean {
    const voters = sets.at(version);
    const isNew = voters !== this.#voters;
    if (!isNew && this.#isKept) return false;
    this.#voters = voters;
    this.specs = this.#servicesOf(voters);
    this.#isKept = guard.keep(leases(this.specs), nowMs);
    return isNew;
  }
}
