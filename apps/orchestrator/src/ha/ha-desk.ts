import type { HaAnswer, HaAsk } from "@bastide/contracts";
import {
  type Acquisition,
  EPOCHS_PER_LIFE,
  type FencedWrite,
  type LeaseStore,
  LeaseStoreUnavailable,
  SEED_KEY,
  SEED_LEASE,
} from "@bastide/ha";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { HaGroups, TTL_MS } from "./ha-groups.ts";
import { HaLeaseStore } from "./ha-lease-store.ts";
import { HaTruth } from "./ha-truth.ts";

/** The seeder keeps its lease for as long as its waiting takes. */
const SEED_TTL_MS = TTL_MS * 4;

/** A record that was restored from a backup may lack as many lives; a seeder makes up for them. */
const LIVES_BEHIND = 100;

/**
 * Where guards ask for leases. A node asks in its own name only, for services that may run on it only, and for no longer
 * than a lease lasts; all else the store itself decides.
 */
@Injectable()
export class HaDesk {
  constructor(
    private readonly groups: HaGroups,
    private readonly stores: HaLeaseStore,
    private readonly truth: HaTruth,
  ) {}

  async ask(node: string, ask: HaAsk, signal: AbortSignal): Promise<HaAnswer> {
    this.#admit(node, ask);
    await this.#requireEpochs(ask);
    try {
      return await this.#answer(await this.stores.get(), node, ask, signal);
    } catch (error) {
      if (!(error instanceof LeaseStoreUnavailable)) throw error;
      throw new ProblemError("unavailable", error.message, { cause: error });
    }
  }

  async #answer(
    store: LeaseStore,
    node: string,
    ask: HaAsk,
    signal: AbortSignal,
  ): Promise<HaAnswer> {
    switch (ask.kind) {
      case "acquire":
      case "seed-acquire":
        return acquired(await store.tryAcquire(ask.request, signal));
      case "renew":
        return store.renew(ask.grant, signal);
      case "release":
        await store.release(ask.grant, signal);
        return { kind: "released" };
      case "seed-record":
        await requireSeeder(store, node, signal);
        return { kind: "recorded", floor: await this.truth.recordLife(ask.knownEpochs) };
      case "seed-write":
        await this.#requireLife(ask.floor);
        return written(await store.writeFenced(ask.grant, SEED_KEY, String(ask.floor), signal));
      case "read-seed":
      default:
        return seedOf(await store.readValue(SEED_KEY, signal));
    }
  }

  #admit(node: string, ask: HaAsk): void {
    if (ask.kind === "read-seed" || ask.kind === "seed-record") return this.#requireMember(node);
    const { name, holder, ttlMs } = "request" in ask ? ask.request : ask.grant;
    if (holder !== node)
      throw new ProblemError("forbidden", `${node} may not ask for what is ${holder}'s`);
    const isSeed = ask.kind === "seed-acquire" || ask.kind === "seed-write";
    const longestMs = isSeed ? SEED_TTL_MS : TTL_MS;
    if (ttlMs > longestMs)
      throw new ProblemError("forbidden", `a lease lasts ${longestMs} ms, and not ${ttlMs}`);
    if (isSeed) this.#requireSeed(node, name);
    else this.#requireCandidate(node, name);
  }

  #requireSeed(node: string, name: string): void {
    if (name !== SEED_LEASE) throw new ProblemError("forbidden", `${name} is not what is seeded`);
    this.#requireMember(node);
  }

  #requireCandidate(node: string, name: string): void {
    if (this.groups.mayHold(node, name)) return;
    throw new ProblemError("forbidden", `${name} is no service that may run on ${node}`);
  }

  #requireMember(node: string): void {
    if (this.groups.isMember(node)) return;
    throw new ProblemError("forbidden", `no service under high availability may run on ${node}`);
  }

  /**
   * Epochs grow by one with each grant, and by a life with each seeding on record: none that is true lies beyond the
   * life on record, but after a restore of the record itself. One that does would leave no epochs to grant, to anybody.
   */
  async #requireEpochs(ask: HaAsk): Promise<void> {
    const epochs = epochsOf(ask);
    if (epochs.length === 0) return;
    const lives = ask.kind === "seed-record" ? LIVES_BEHIND : 1;
    const above = ((await this.truth.life()) ?? 0) + lives * EPOCHS_PER_LIFE;
    const beyond = epochs.find((epoch) => epoch >= above);
    if (beyond === undefined) return;
    throw new ProblemError(
      "conflict",
      `epoch ${beyond} is beyond the lease store's lives on record, which end below ${above}: no node was ever granted it`,
    );
  }

  /** What is not on record is not written: the record is what the next life is reckoned from. */
  async #requireLife(floor: number): Promise<void> {
    const life = await this.truth.life();
    if (life === floor) return;
    throw new ProblemError("conflict", `the lease store's life is ${life ?? "none"}, not ${floor}`);
  }
}

/** The epochs that a node says it knows of. */
function epochsOf(ask: HaAsk): readonly number[] {
  if (ask.kind === "seed-record") return ask.knownEpochs;
  return ask.kind === "acquire" || ask.kind === "seed-acquire" ? [ask.request.aboveEpoch] : [];
}

/** A new life ends every seeding that is under way, so that only who has the seed's lease begins one. */
async function requireSeeder(store: LeaseStore, node: string, signal: AbortSignal): Promise<void> {
  const holder = (await store.read(SEED_LEASE, signal))?.holder;
  if (holder === node) return;
  throw new ProblemError("forbidden", `${SEED_LEASE} is ${holder ?? "nobody"}'s, not ${node}'s`);
}

const acquired = (answer: Acquisition): HaAnswer =>
  answer.kind === "granted" ? answer : { kind: "held", record: answer.record };

const written = (answer: FencedWrite): HaAnswer => answer;

const seedOf = (text: string | undefined): HaAnswer =>
  text === undefined ? { kind: "seed" } : { kind: "seed", floor: Number(text) };
