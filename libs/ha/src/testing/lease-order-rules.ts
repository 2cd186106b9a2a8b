import { describe, expect, test } from "vitest";
import type { LeaseGrant } from "../leases/lease-store.ts";
import type { LeaseStoreBench } from "./lease-store-contract.ts";

interface Write {
  readonly epoch: number;
  /** The greatest epoch that had been granted, and answered, before this was asked. */
  readonly known: number;
  /** What the store said was the present one. */
  readonly presentEpoch: number;
  readonly isWritten: boolean;
}

/** What rivals do at once, noted down in the order in which it began and ended. */
class History {
  readonly writes: Write[] = [];
  readonly seenEpochs: number[] = [];
  readonly #bench: LeaseStoreBench;
  readonly #name: string;
  readonly #key: string;
  #known = 0;
  #isOver = false;

  constructor(bench: LeaseStoreBench, name: string) {
    this.#bench = bench;
    this.#name = name;
    this.#key = `${name}/value`;
  }

  async run(rivals: number, rounds: number): Promise<void> {
    const reading = this.#readOn();
    await Promise.all(Array.from({ length: rivals }, (_, index) => this.#rival(index, rounds)));
    this.#isOver = true;
    await reading;
  }

  /** All rivals have one holder's name, so each grant takes the lease from a rival that is still writing. */
  async #rival(index: number, rounds: number): Promise<void> {
    const store = index % 2 === 0 ? this.#bench.store : this.#bench.other;
    for (let round = 0; round < rounds; round += 1) {
      const grant = await this.#bench.granted(this.#name, "a", { store });
      this.#known = Math.max(this.#known, grant.epoch);
      await this.#write(grant, index);
      await this.#write(grant, index);
    }
  }

  async #write(grant: LeaseGrant, index: number): Promise<void> {
    const store = index % 2 === 0 ? this.#bench.other : this.#bench.store;
    const known = this.#known;
    const { epoch } = grant;
    const answer = await store.writeFenced(grant, this.#key, String(epoch), this.#bench.signal);
    const presentEpoch = answer.kind === "fenced" ? answer.record.epoch : epoch;
    this.writes.push({ epoch, known, presentEpoch, isWritten: answer.kind === "written" });
  }

  async #readOn(): Promise<void> {
    while (!this.#isOver) {
      const value = await this.#bench.store.readValue(this.#key, this.#bench.signal);
      if (value !== undefined) this.seenEpochs.push(Number(value));
      // Lets the rivals run where the store answers without waiting for anything.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Who of `count` that ask at once is granted the lease, and whom the others are told of. */
async function contend(
  bench: LeaseStoreBench,
  name: string,
  count: number,
): Promise<{
  readonly winners: readonly string[];
  readonly told: ReadonlySet<string | undefined>;
}> {
  const { ttlMs } = bench.underTest;
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const store = index % 2 === 0 ? bench.store : bench.other;
      return store.tryAcquire({ name, holder: `h${index}`, ttlMs, aboveEpoch: 0 }, bench.signal);
    }),
  );
  return {
    winners: answers.flatMap((answer) => (answer.kind === "granted" ? [answer.grant.holder] : [])),
    told: new Set(
      answers.flatMap((answer) => (answer.kind === "held" ? [answer.record.holder] : [])),
    ),
  };
}

export function orderRules(bench: LeaseStoreBench): void {
  describe("order of grants and fenced writes", () => {
    test("writes nothing of an epoch once a later one was granted, however they race", async () => {
      const history = new History(bench, bench.freshName());
      await history.run(5, 6);
      const written = history.writes.filter(({ isWritten }) => isWritten);
      const fenced = history.writes.filter(({ isWritten }) => !isWritten);
      expect(written).not.toEqual([]);
      expect(written.filter(({ epoch, known }) => epoch < known)).toEqual([]);
      expect(fenced.filter(({ epoch, presentEpoch }) => presentEpoch <= epoch)).toEqual([]);
      expect(history.seenEpochs).toEqual(history.seenEpochs.toSorted((a, b) => a - b));
    });

    test("grants each of several leases to one of the twenty that ask for it at once", async () => {
      const names = Array.from({ length: 4 }, () => bench.freshName());
      const contests = await Promise.all(names.map((name) => contend(bench, name, 20)));
      for (const { winners, told } of contests) {
        expect(winners).toHaveLength(1);
        expect([...told]).toEqual(winners);
      }
    });

    test("shows a watch the last of many changes, and epochs in their order", async () => {
      const name = bench.freshName();
      const controller = new AbortController();
      const signal = AbortSignal.any([bench.signal, controller.signal]);
      const lastAbove = 1000;
      const change = async (): Promise<void> => {
        for (let round = 0; round < 10; round += 1) await bench.granted(name, "a");
        await bench.granted(name, "a", { aboveEpoch: lastAbove });
      };
      const changing = change();
      const seen: number[] = [];
      for await (const record of bench.other.watch(name, signal)) {
        seen.push(record?.epoch ?? 0);
        if ((record?.epoch ?? 0) > lastAbove) controller.abort();
      }
      await changing;
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBe(lastAbove + 1);
    });
  });
}
