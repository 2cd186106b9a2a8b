/** Milliseconds an address is left alone after its first failure in a row, and at most. */
const BACKOFF_MS = { first: 20, most: 250 };

interface Aside {
  readonly failures: number;
  /** When the next request may try it, on the clock of `now`. */
  readonly trialAtMs: number;
}

/**
 * Which addresses refused their last connection. Such an address is put aside for a short, growing time; then one
 * request at a time may try it. What requests meet is all that is known: nothing is ever sent for the sake of asking.
 */
export class PassiveHealth {
  readonly #aside = new Map<string, Aside>();
  readonly #now: () => number;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a request may go there now. */
  mayTry(address: string): boolean {
    const aside = this.#aside.get(address);
    return aside === undefined || aside.trialAtMs <= this.#now();
  }

  /** A request is about to go there; of an address put aside, others keep away until its next trial. */
  begin(address: string): void {
    const aside = this.#aside.get(address);
    if (aside) this.#putAside(address, aside.failures);
  }

  failed(address: string): void {
    this.#putAside(address, (this.#aside.get(address)?.failures ?? 0) + 1);
  }

  /** True when the address had been put aside: those who wait for it should know. */
  succeeded(address: string): boolean {
    return this.#aside.delete(address);
  }

  /** When the first of the addresses may be tried; undefined when all are gone from here, or may be tried now. */
  nextTrialAtMs(addresses: Iterable<string>): number | undefined {
    const times = Array.from(addresses, (address) => this.#aside.get(address)?.trialAtMs);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Forgets what was met there: the table says something new about it. */
  forget(address: string): void {
    this.#aside.delete(address);
  }

  /** Forgets every address that is not among `known`. */
  retain(known: Pick<ReadonlySet<string>, "has">): void {
    for (const address of this.#aside.keys()) if (!known.has(address)) this.#aside.delete(address);
  }

  /** Addresses that are put aside. */
  get aside(): Iterable<string> {
    return this.#aside.keys();
  }

  /** How many addresses are put aside. */
  get size(): number {
    return this.#aside.size;
  }

  #putAside(address: string, failures: number): void {
    const waitMs = Math.min(BACKOFF_MS.first * 2 ** (Math.max(1, failures) - 1), BACKOFF_MS.most);
    this.#aside.set(address, { failures, trialAtMs: this.#now() + waitMs });
  }
}
