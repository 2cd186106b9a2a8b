import { z } from "zod";
import { type OnCorrupt, readJsonFile, writeJsonFile } from "../disk/json-file.ts";

export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

const Content = z.object({ next: z.number().int(), taken: z.record(z.string(), z.number().int()) });

export interface LedgerOptions {
  /** What the numbers are, in messages: `port`. */
  readonly what: string;
  readonly file: string;
  readonly range: NumberRange;
  /** Whether nothing else on the machine uses the number, at this address if one is meant; default: always. */
  readonly isFree?: (number: number, at?: string) => Promise<boolean>;
  readonly onCorrupt: OnCorrupt;
}

/** A number is held by somebody else, or none is left. */
export class NumberTaken extends Error {
  override readonly name = "NumberTaken";
}

/**
 * Hands out numbers of a range, each to one holder until it gives it back, and records them before they are used.
 * Goes round the range, so that a number given back is used again as late as possible.
 */
export class NumberLedger {
  readonly #options: LedgerOptions;
  readonly #taken = new Map<string, number>();
  #next: number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#next = options.range.first;
  }

  async load(): Promise<void> {
    const content = await readJsonFile(this.#options.file, Content, this.#options.onCorrupt);
    for (const [holder, number] of Object.entries(content?.taken ?? {}))
      this.#taken.set(holder, number);
    this.#next = content?.next ?? this.#next;
  }

  of(holder: string): number | undefined {
    return this.#taken.get(holder);
  }

  holders(): string[] {
    return [...this.#taken.keys()];
  }

  /**
   * The holder's number: the one it has, `wanted`, or the next that is free. Recorded on disk when this resolves.
   * Throws NumberTaken.
   */
  take(holder: string, wanted?: number, at?: string): Promise<number> {
    return this.#inTurn(async () => {
      const held = this.#taken.get(holder);
      if (held !== undefined) return held;
      const number = wanted === undefined ? await this.#pick() : await this.#claim(wanted, at);
      await this.#record(holder, number);
      return number;
    });
  }

  /** Takes over what another record says the holder has, unless somebody else holds it. */
  restore(holder: string, number: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#taken.has(holder) || this.#holderOf(number) !== undefined) return;
      await this.#record(holder, number);
    });
  }

  release(holder: string): Promise<void> {
    return this.#inTurn(async () => {
      const number = this.#taken.get(holder);
      if (number === undefined) return;
      this.#taken.delete(holder);
      await this.#save().catch((error: unknown) => {
        this.#taken.set(holder, number);
        throw error;
      });
    });
  }

  async #record(holder: string, number: number): Promise<void> {
    this.#taken.set(holder, number);
    try {
      await this.#save();
    } catch (error) {
      this.#taken.delete(holder);
      throw error;
    }
  }

  async #claim(wanted: number, at: string | undefined): Promise<number> {
    const { what } = this.#options;
    const holder = this.#holderOf(wanted);
    if (holder !== undefined)
      throw new NumberTaken(
        `${what} ${wanted} is held by ${holder}; it is free when that one ends`,
      );
    if (await this.#isFree(wanted, at)) return wanted;
    throw new NumberTaken(
      `${what} ${wanted} is in use by another program on this machine; end that program, and it is taken by itself`,
    );
  }

  async #pick(): Promise<number> {
    const { what, range } = this.#options;
    const inUse = new Set(this.#taken.values());
    const size = range.last - range.first + 1;
    for (let step = 0; step < size; step++) {
      const candidate = range.first + ((this.#next - range.first + step) % size);
      if (inUse.has(candidate) || !(await this.#isFree(candidate))) continue;
      this.#next = candidate + 1;
      return candidate;
    }
    throw new NumberTaken(
      `every ${what} from ${range.first} to ${range.last} is in use; stop instances or widen the range`,
    );
  }

  #isFree(number: number, at?: string): Promise<boolean> {
    return this.#options.isFree?.(number, at) ?? Promise.resolve(true);
  }

  #holderOf(number: number): string | undefined {
    for (const [holder, held] of this.#taken) if (held === number) return holder;
    return undefined;
  }

  #save(): Promise<void> {
    const taken = Object.fromEntries(this.#taken);
    return writeJsonFile(this.#options.file, { next: this.#next, taken });
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => {});
    return result;
  }
}
