import { afterAll, beforeAll, describe } from "vitest";
import type { LeaseGrant, LeaseStore } from "../leases/lease-store.ts";
import { endRules, releaseRules } from "./lease-end-rules.ts";
import { endedWriteRules, fencedWriteRules, lateWriteRules } from "./lease-fenced-write-rules.ts";
import { grantRules, raceRules } from "./lease-grant-rules.ts";
import { orderRules } from "./lease-order-rules.ts";
import { watchedEndRules, watchedTimeRules, watchRules } from "./lease-watch-rules.ts";

/** What the contract asks of a store that runs under it. */
export interface LeaseStoreUnderTest {
  /** Two clients of the same store, as two machines have them. */
  readonly store: LeaseStore;
  readonly other: LeaseStore;
  /** The shortest time to live that the store keeps exactly. */
  readonly ttlMs: number;
  /** Resolves once `durationMs` have passed at the store. */
  letTimePass(durationMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What the rules of the suite are given. */
export class LeaseStoreBench {
  readonly #makeStore: () => LeaseStoreUnderTest | Promise<LeaseStoreUnderTest>;
  readonly #abort = new AbortController();
  #underTest: LeaseStoreUnderTest | undefined;
  #names = 0;

  constructor(makeStore: () => LeaseStoreUnderTest | Promise<LeaseStoreUnderTest>) {
    this.#makeStore = makeStore;
  }

  async open(): Promise<void> {
    this.#underTest = await this.#makeStore();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#underTest?.close();
  }

  get underTest(): LeaseStoreUnderTest {
    if (this.#underTest === undefined) throw new Error("the store was not opened");
    return this.#underTest;
  }

  get store(): LeaseStore {
    return this.underTest.store;
  }

  get other(): LeaseStore {
    return this.underTest.other;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** A lease's name that no other test uses, with what a careless adapter might trip over. */
  freshName(): string {
    this.#names += 1;
    return `services/é'%"${this.#names}/a`;
  }

  /** The lease granted to `holder`; throws when the store refuses. */
  async granted(
    name: string,
    holder: string,
    { aboveEpoch = 0, store = this.store }: { aboveEpoch?: number; store?: LeaseStore } = {},
  ): Promise<LeaseGrant> {
    const request = { name, holder, ttlMs: this.underTest.ttlMs, aboveEpoch };
    const acquisition = await store.tryAcquire(request, this.signal);
    if (acquisition.kind !== "granted")
      throw new Error(`${name} is held by ${acquisition.record.holder ?? "nobody"}`);
    return acquisition.grant;
  }

  /** Lets the store end every lease that was not renewed. */
  letLeasesEnd(): Promise<void> {
    return this.underTest.letTimePass(this.underTest.ttlMs * 2 + 100);
  }
}

/**
 * The contract of LeaseStore as tests: every store runs it. `makeStore` opens an empty store once. `isTimeReal`: it is
 * waited for and not set, so that the rules that wait may wait side by side.
 */
export function leaseStoreContract(
  name: string,
  makeStore: () => LeaseStoreUnderTest | Promise<LeaseStoreUnderTest>,
  { isTimeReal }: { readonly isTimeReal: boolean },
): void {
  describe(`lease store contract: ${name}`, () => {
    const bench = new LeaseStoreBench(makeStore);
    beforeAll(() => bench.open());
    afterAll(() => bench.close());
    grantRules(bench);
    raceRules(bench);
    releaseRules(bench);
    fencedWriteRules(bench);
    lateWriteRules(bench);
    orderRules(bench);
    watchRules(bench);
    watchedEndRules(bench);
    describe("in time", { concurrent: isTimeReal }, () => {
      endRules(bench);
      endedWriteRules(bench);
      watchedTimeRules(bench);
    });
  });
}
