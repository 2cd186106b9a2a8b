/** Requests of one route that are under way, WebSockets included. */
export class Slots {
  #taken = 0;

  get taken(): number {
    return this.#taken;
  }

  /** Takes one, unless `most` are taken; gives how to leave it, which works once. */
  tryTake(most: number): (() => void) | undefined {
    if (this.#taken >= most) return undefined;
    this.#taken += 1;
    let isTaken = true;
    return () => {
      if (isTaken) this.#taken -= 1;
      isTaken = false;
    };
  }
}
