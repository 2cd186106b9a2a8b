/** A set whose members are there as often as they were added and not yet removed. */
export class Counts {
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#counts.size;
  }

  has(member: string): boolean {
    return this.#counts.has(member);
  }

  add(member: string): void {
    this.#counts.set(member, (this.#counts.get(member) ?? 0) + 1);
  }

  remove(member: string): void {
    const left = (this.#counts.get(member) ?? 0) - 1;
    if (left > 0) this.#counts.set(member, left);
    else this.#counts.delete(member);
  }
}
