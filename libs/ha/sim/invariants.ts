/** What a run must never show. Each is told what happens and keeps only what it needs to judge. */
export class Invariants {
  /** The first thing that went wrong. */
  violation: string | undefined;
  readonly #actors = new Map<string, string>();
  readonly #highest = new Map<string, number>();

  fail(what: string): void {
    this.violation ??= what;
  }

  /** An epoch of a service is acted under on one node. */
  acts(service: string, epoch: number, node: string): void {
    const key = `${service}/${epoch}`;
    const actor = this.#actors.get(key);
    if (actor === undefined) this.#actors.set(key, node);
    else if (actor !== node)
      this.fail(`${actor} and ${node} both act for ${service} under epoch ${epoch}`);
  }

  /** A protected resource accepted a write. */
  accepted(service: string, epoch: number, node: string): void {
    this.acts(service, epoch, node);
    const highest = this.#highest.get(service) ?? 0;
    if (epoch < highest)
      this.fail(`a write of ${service} under epoch ${epoch} was accepted after one of ${highest}`);
    this.#highest.set(service, Math.max(highest, epoch));
  }

  /** The nodes on which a failover service runs at this moment. */
  runsOn(service: string, first: string, second: string): void {
    this.fail(`${first} and ${second} run ${service} at the same time`);
  }

  /** A node started anew: it must know what it had told others. */
  remembers(node: string, version: number, toldVersion: number): void {
    if (version < toldVersion)
      this.fail(
        `${node} knows intents up to version ${version} and had told others of ${toldVersion}`,
      );
  }

  /** What a service left on a node is removed. */
  purged(node: string, service: string, isUp: boolean): void {
    if (isUp) this.fail(`${node} removed what ${service} works with while it ran`);
  }

  /** A node started or stopped something against what it knew. */
  decided(node: string, what: "start" | "stop", service: string, whyNot: string | undefined): void {
    if (whyNot !== undefined) this.fail(`${node} decided to ${what} ${service} though ${whyNot}`);
  }

  restarted(node: string, resource: string, state: string): void {
    if (state === "started") this.fail(`${node} restarted ${resource}, which was right`);
  }
}
