/**
 * Counts the requests that each instance is answering, connections that were upgraded included. An instance that left
 * the table is busy until its count is nought; then whoever may want to stop it is told, once.
 */
export class InFlight {
  readonly #counts = new Map<string, number>();
  readonly #onIdle: () => void;
  #table: Pick<ReadonlySet<string>, "has"> = new Set();

  /** `onIdle` is called when an instance that left the table has answered its last request. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  begin(instance: string): void {
    this.#counts.set(instance, this.count(instance) + 1);
  }

  end(instance: string): void {
    const left = this.count(instance) - 1;
    if (left > 0) {
      this.#counts.set(instance, left);
      return;
    }
    this.#counts.delete(instance);
    if (!this.#table.has(instance)) this.#onIdle();
  }

  /** Requests in flight by instance, none of them nought. */
  get counts(): Iterable<readonly [instance: string, count: number]> {
    return this.#counts;
  }

  count(instance: string): number {
    return this.#counts.get(instance) ?? 0;
  }

  /** The instances of the table that is in force from now on. */
  tableIs(instances: Pick<ReadonlySet<string>, "has">): void {
    this.#table = instances;
  }

  /** Instances that left the table and still have requests. */
  busy(): string[] {
    return [...this.#counts.keys()].filter((instance) => !this.#table.has(instance));
  }

  /** Requests in flight, of all instances. */
  get total(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }
}
