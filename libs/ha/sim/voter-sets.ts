import type { IntentTable } from "../src/intents/intent.ts";
import type { CandidateReport } from "../src/quorum/candidate-set.ts";
import type { SafetyRules } from "../src/safety-rules.ts";
import type { Random } from "./random.ts";

interface VoterSet {
  /** Of the intents with which it came. */
  readonly version: number;
  readonly voters: readonly string[];
}

/** The control plane's part of who votes on the database: it changes when that is started, if all of them had stopped. */
export class VoterSets {
  readonly #ids: readonly string[];
  readonly #rules: SafetyRules;
  readonly #random: Random;
  readonly #isChanging: boolean;
  readonly #sets: VoterSet[];
  readonly #reports = new Map<string, CandidateReport>();
  #stopVersion: number | undefined = 0;

  constructor(ids: readonly string[], rules: SafetyRules, random: Random, isChanging: boolean) {
    this.#ids = ids;
    this.#rules = rules;
    this.#random = random;
    this.#isChanging = isChanging;
    this.#sets = [{ version: 0, voters: ids }];
  }

  /** Who votes as far as somebody knows who knows the intents of this version. */
  at(version: number): readonly string[] {
    return this.#sets.findLast((set) => set.version <= version)?.voters ?? this.#ids;
  }

  report(node: string, said: CandidateReport): void {
    const before = this.#reports.get(node);
    if (before === undefined || before.version <= said.version) this.#reports.set(node, said);
  }

  /** A new intent is on record: the last of this table. */
  written({ version, intents }: IntentTable): void {
    const kind = intents["database"]?.desired.kind;
    const isAtRest = kind === undefined || kind === "stopped";
    if (isAtRest) this.#stopVersion ??= version;
    else if (this.#stopVersion !== undefined && kind !== "frozen") this.#started(version);
  }

  #started(version: number): void {
    const { voters } = this.#sets.at(-1) ?? { voters: this.#ids };
    const reports = voters.map((voter) => this.#reports.get(voter));
    if (this.#isChanging && this.#rules.mayChangeSet(reports, this.#stopVersion ?? 0))
      this.#sets.push({ version, voters: this.#others(voters) });
    this.#stopVersion = undefined;
  }

  /** All, and three of them, by turns: so that a majority of the one need not meet one of the other. */
  #others(voters: readonly string[]): readonly string[] {
    if (voters.length < this.#ids.length) return this.#ids;
    const left = [...this.#ids];
    return [0, 1, 2].map(() => left.splice(this.#random.between(0, left.length - 1), 1)[0] ?? "");
  }
}
