import { FAULTS_FROM_MS, FAULTS_TO_MS, isChanging } from "./scenario.ts";
import { STORE } from "./store-host.ts";
import { TRUTH } from "./truth.ts";
import type { World } from "./world.ts";

const HOUR_MS = 3_600_000;

/** Each does one thing wrong; what it breaks for a time it makes right again itself. */
const FAULTS: Readonly<Record<string, (world: World, forMs: number) => void>> = {
  partition: (world, forMs) => {
    const ends = [...world.ids, STORE, TRUTH];
    const side = new Set(ends.filter(() => world.random.chance(0.5)));
    cut(world, forMs, (from, to) => side.has(from) !== side.has(to));
  },
  "one-way link": (world, forMs) => {
    const from = world.random.pick(world.ids);
    const to = world.random.pick([...world.ids, STORE, TRUTH]);
    cut(world, forMs, (a, b) => a === from && b === to);
  },
  "cut off from the store": (world, forMs) => {
    const id = world.random.pick(world.ids);
    cut(world, forMs, (from, to) => [from, to].includes(id) && [from, to].includes(STORE));
  },
  "cut off from all": (world, forMs) => {
    const id = holderOrAny(world);
    cut(world, forMs, (from, to) => from === id || to === id);
  },
  pause: (world, forMs) => {
    const node = world.node(holderOrAny(world));
    node.pause();
    world.later(forMs, () => node.thaw());
  },
  "pause of the agent": (world, forMs) => {
    const node = world.node(holderOrAny(world));
    node.isAgentPaused = true;
    world.later(forMs, () => {
      node.isAgentPaused = false;
    });
  },
  "clock jump": (world) => {
    const node = world.node(world.random.pick(world.ids));
    node.wallOffsetMs += world.random.pick([-HOUR_MS, HOUR_MS, -2_000, 2_000, 20_000]);
  },
  crash: (world) => world.crash(world.node(holderOrAny(world))),
  "crash at a step": (world) => {
    world.node(holderOrAny(world)).crashIn = world.random.between(1, 40);
  },
  "crash of the agent": (world, forMs) => {
    const node = world.node(holderOrAny(world));
    node.crashAgent();
    world.later(forMs / 4, () => node.bootAgent());
  },
  "bad link": (world, forMs) => {
    const id = world.random.pick(world.ids);
    for (const to of [...world.ids, STORE, TRUTH])
      for (const link of [world.network.link(id, to), world.network.link(to, id)]) {
        link.loss = 0.2;
        link.repeats = 0.2;
        link.mostDelayMs = world.random.pick([300, 1_500, 4_000]);
        world.later(forMs, () => Object.assign(link, { loss: 0, repeats: 0, mostDelayMs: 20 }));
      }
  },
  "store outage": (world, forMs) => {
    world.store.isUp = false;
    world.later(forMs, () => {
      world.store.isUp = true;
    });
  },
  "store rebuilt": (world, forMs) => {
    world.store.isUp = false;
    world.later(forMs / 3, () => {
      world.store.rebuild();
      world.store.isUp = true;
    });
  },
  // Others believe the holder dead and the store up; some candidates still hear it and re-grant.
  "store out of reach of a majority": (world, forMs) => {
    const holder = holderOrAny(world);
    const others = world.ids.filter((id) => id !== holder);
    const near = new Set([holder, ...others.slice(0, world.ids.length >> 1)]);
    cut(world, forMs, (from, to) =>
      from === STORE
        ? near.has(to)
        : to === STORE
          ? near.has(from)
          : from === holder && !near.has(to),
    );
    const voter = world.random.pick(others);
    world.later(world.random.between(1_000, 5_000), () => world.crash(world.node(voter), 20));
  },
  "store rebuilt as the holder is cut off": (world, forMs) => {
    const holder = holderOrAny(world);
    cut(world, forMs, (from, to) => from === holder || to === holder);
    world.later(world.random.between(1, 900), () => world.store.rebuild());
  },
  // The store hears the holder and its answers are slow; then it hears nothing more, and nor does anybody else.
  "slow answers, then none": (world, forMs) => {
    const holder = holderOrAny(world);
    const link = world.network.link(STORE, holder);
    Object.assign(link, { leastDelayMs: 1_300, mostDelayMs: 1_700 });
    world.later(world.random.between(1_500, 3_000), () =>
      cut(world, 3_000 + forMs / 4, (from) => from === holder),
    );
    world.later(6_000, () => Object.assign(link, { leastDelayMs: 1, mostDelayMs: 20 }));
  },
  "truth outage": (world, forMs) => {
    world.isTruthUp = false;
    world.later(forMs, () => {
      world.isTruthUp = true;
    });
  },
  "resource failure": (world) => {
    const { name } = world.random.pick(world.specs);
    for (const { runs } of world.nodes) runs.fail(name);
  },
};

const NAMES = Object.keys(FAULTS);

/** Time for the lease to end in the store, for a new holder's promises, and for what was re-granted to end. */
const AIMED_MS = 7_900;

/**
 * Aimed at the votes, in every fourth run besides the others: one candidate alone reaches the store and believes the
 * holder dead, so that it is granted the lease once that has ended there, while the rest re-grant it to its holder. Then
 * it is cut off from those who promised it, so that it has to rely on what they said; and they may start anew meanwhile.
 */
function storeInReachOfOne(world: World): void {
  const holder = runningOn(world, "database")[0] ?? world.random.pick(world.ids);
  const others = world.ids.filter((id) => id !== holder);
  const heir = world.random.pick(others);
  cut(world, AIMED_MS, (...ends) =>
    ends.includes(STORE) ? !ends.includes(heir) : ends.includes(heir) && ends.includes(holder),
  );
  const promisedMs = world.random.between(3_300, 5_000);
  world.later(promisedMs, () =>
    cut(world, AIMED_MS - promisedMs, (...ends) => ends.includes(heir) && !ends.includes(STORE)),
  );
  if (world.random.chance(0.5)) return;
  for (const id of others)
    if (id !== heir)
      world.later(promisedMs + world.random.between(0, 400), () => world.crash(world.node(id), 20));
}

/** Time for the coordinator's lease to move, for a stop and a start, and for another to take the database. */
const UNHEARD_MS = 12_000;
const BEFORE_MS = 6_000;

/**
 * Aimed at a change of candidates: where all vote on the database, three do after a stop and a start. Then a majority
 * of the three is cut off from everybody else with the database running there, and hears nothing of another stop and
 * start: as long as they have not said that it is stopped, nobody else may be counted among its candidates.
 */
function changeUnheard(world: World): void {
  if (votersNow(world).length > 3) {
    world.want("database", { kind: "stopped" });
    world.later(BEFORE_MS / 3, () => world.want("database", { kind: "started" }));
  }
  world.later(BEFORE_MS, () => {
    const holder = runningOn(world, "database")[0];
    const voters = votersNow(world);
    const other = voters.find((voter) => voter !== holder);
    cut(world, UNHEARD_MS, (...ends) => {
      const inside = ends.filter((end) => end === holder || end === other);
      return inside.length === 1;
    });
    world.want("database", { kind: "stopped" });
    world.later(UNHEARD_MS / 3, () => world.want("database", { kind: "started" }));
  });
}

const votersNow = (world: World): readonly string[] => world.voters.at(world.truth.table.version);

/** A run's seed tells whether it has an aimed fault: the other runs are what they were before there was one. */
const isAimed = (seed: number): boolean => seed % 4 === 0;

const runningOn = (world: World, service: string): string[] =>
  world.ids.filter((id) => world.node(id).runs.isUp(service));

/** Where it hurts most: the node that runs a failover service, more often than another. */
function holderOrAny(world: World): string {
  const running = runningOn(world, world.random.pick(world.specs).name);
  return world.random.pick(running.length > 0 && world.random.chance(0.7) ? running : world.ids);
}

function cut(world: World, forMs: number, isCut: (from: string, to: string) => boolean): void {
  const ends = [...world.ids, STORE, TRUTH];
  for (const from of ends)
    for (const to of ends) {
      if (from === to || !isCut(from, to)) continue;
      const link = world.network.link(from, to);
      link.isCut = true;
      world.later(forMs, () => {
        link.isCut = false;
      });
    }
}

/** The faults of one run, at times and for times that its seed gives. */
export class Faults {
  readonly #world: World;
  count = 0;
  readonly log: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  plan(): void {
    const { random, seed } = this.#world;
    const count = random.between(22, 44);
    // The aimed one comes last and alone: the others, which end within 8 s, would lead it astray.
    const lastMs = FAULTS_TO_MS - 8_000;
    const aimedMs = FAULTS_TO_MS - UNHEARD_MS - BEFORE_MS - 1_000;
    const toMs = isAimed(seed) ? lastMs - 8_000 : isChanging(seed) ? aimedMs - 3_000 : lastMs;
    if (isAimed(seed)) this.#aim(lastMs, "store in reach of one candidate", storeInReachOfOne);
    if (isChanging(seed))
      this.#aim(aimedMs, "change of candidates that some do not hear", changeUnheard);
    for (let index = 0; index < count; index += 1) {
      const atMs = random.between(FAULTS_FROM_MS, toMs);
      const name = random.pick(NAMES);
      const forMs = random.between(100, 7_500);
      this.#world.later(atMs, () => {
        this.count += 1;
        this.log.push(`${atMs} ms: ${name} for ${forMs} ms`);
        FAULTS[name]?.(this.#world, forMs);
      });
    }
    this.#world.later(FAULTS_TO_MS, () => this.#end());
  }

  #aim(atMs: number, what: string, fault: (world: World) => void): void {
    this.#world.later(atMs, () => {
      this.count += 1;
      this.log.push(`${atMs} ms: ${what}`);
      fault(this.#world);
    });
  }

  /** From here on nothing is wrong, and within a time all has to be as desired. */
  #end(): void {
    const world = this.#world;
    world.network.heal();
    world.store.isUp = true;
    world.isTruthUp = true;
    for (const node of world.nodes) {
      node.wallOffsetMs = 0;
      node.crashIn = Number.POSITIVE_INFINITY;
      node.isAgentPaused = false;
      node.thaw();
      node.boot();
      node.bootAgent();
    }
    const { random } = world;
    for (const { name } of world.specs)
      world.want(
        name,
        random.pick([
          { kind: "started" },
          { kind: "started" },
          { kind: "placed", node: random.pick(world.ids) },
          { kind: "stopped" },
        ]),
      );
  }
}
