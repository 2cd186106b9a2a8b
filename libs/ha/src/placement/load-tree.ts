import type { Needs } from "./resources.ts";

/** What the tree has to know of one place; `load` is infinite where nothing may be put. */
export interface Leaf extends Needs {
  readonly load: number;
}

const CLOSED: Leaf = { load: Infinity, cpuMillis: -1, memoryMb: -1 };

/**
 * Finds the least loaded place with enough room in logarithmic time: a segment tree whose inner nodes hold the least
 * load and the most room below them, so that what cannot help is not looked into.
 */
export class LoadTree {
  readonly #leaves: number;
  readonly #load: Float64Array;
  readonly #cpuMillis: Float64Array;
  readonly #memoryMb: Float64Array;

  constructor(places: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, places)));
    this.#load = new Float64Array(2 * this.#leaves).fill(CLOSED.load);
    this.#cpuMillis = new Float64Array(2 * this.#leaves).fill(CLOSED.cpuMillis);
    this.#memoryMb = new Float64Array(2 * this.#leaves).fill(CLOSED.memoryMb);
  }

  /** The least load of all places that are open. */
  get least(): number {
    return this.#load[1] ?? Infinity;
  }

  set(place: number, { load, cpuMillis, memoryMb }: Leaf): void {
    let at = this.#leaves + place;
    this.#load[at] = load;
    this.#cpuMillis[at] = cpuMillis;
    this.#memoryMb[at] = memoryMb;
    for (at >>= 1; at >= 1; at >>= 1) {
      this.#load[at] = Math.min(this.#loadOf(2 * at), this.#loadOf(2 * at + 1));
      this.#cpuMillis[at] = Math.max(of(this.#cpuMillis, 2 * at), of(this.#cpuMillis, 2 * at + 1));
      this.#memoryMb[at] = Math.max(of(this.#memoryMb, 2 * at), of(this.#memoryMb, 2 * at + 1));
    }
  }

  /**
   * The least loaded place with room for `needs` that `accepts` takes and whose load is less than `below`; of equal ones
   * the first that is come by, which depends on nothing but the loads.
   */
  lightest(
    needs: Needs,
    below: number,
    accepts: (place: number) => boolean,
  ): { readonly place: number; readonly load: number } | undefined {
    let found: { place: number; load: number } | undefined;
    const search = (at: number): void => {
      const load = this.#loadOf(at);
      if (load >= (found?.load ?? below) || !this.#holds(at, needs)) return;
      if (at >= this.#leaves) {
        const place = at - this.#leaves;
        if (accepts(place)) found = { place, load };
        return;
      }
      const [left, right] = [2 * at, 2 * at + 1];
      const isRightFirst = this.#loadOf(right) < this.#loadOf(left);
      search(isRightFirst ? right : left);
      search(isRightFirst ? left : right);
    };
    search(1);
    return found;
  }

  #holds(at: number, { cpuMillis, memoryMb }: Needs): boolean {
    return of(this.#cpuMillis, at) >= cpuMillis && of(this.#memoryMb, at) >= memoryMb;
  }

  #loadOf(at: number): number {
    return of(this.#load, at);
  }
}

const of = (values: Float64Array, at: number): number => values[at] ?? Number.NaN;
