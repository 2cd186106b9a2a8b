import type { Aim } from "./aim.ts";
import type { FleetIndex } from "./fleet-index.ts";
import type { NodeClass } from "./node-class.ts";
import { byOrder, type Slot } from "./slot.ts";
import { admits } from "./slot-rules.ts";

/** How wanted a slot is: compared from the left, the smaller the better. */
type Rank = readonly [wishes: number, siblings: number, load: number];

interface Ranked {
  readonly slot: Slot;
  readonly rank: Rank;
}

/**
 * The slot for one more instance, or none. What no constraint forbids is ranked: nodes that are heard of, then emptier
 * domains of what it is spread over, then fulfilled wishes, then nodes with fewer of its group, then the least loaded;
 * last a hash of the name.
 */
export function choose(index: FleetIndex, aim: Aim): Slot | undefined {
  const eligible = index.eligible(aim.member);
  for (const isSilentTaken of [false, true]) {
    const takes = (slot: Slot): boolean =>
      (isSilentTaken || slot.node.state !== "silent") && admits(aim, slot);
    for (const classes of levelsOf(eligible, aim)) {
      const best =
        aim.sought.length > 0
          ? shared(index, aim, classes, takes)
          : bestOf(index, aim, classes, takes);
      if (best) return best;
    }
  }
  return undefined;
}

/** Classes by how crowded their domains are, the emptiest first; made one by one, as the first mostly does. */
function* levelsOf(classes: readonly NodeClass[], aim: Aim): Iterable<readonly NodeClass[]> {
  if (aim.spreads.length === 0) return yield classes;
  const crowds = classes.map((nodes) => aim.crowd(nodes));
  for (let done = -1; ;) {
    const next = Math.min(...crowds.filter((crowd) => crowd > done));
    if (next === Infinity) return undefined;
    yield classes.filter((_, at) => crowds[at] === next);
    done = next;
  }
}

type Takes = (slot: Slot) => boolean;

/** Where it has to be with another group the few nodes of that group are all there is to look at. */
function shared(
  index: FleetIndex,
  aim: Aim,
  classes: readonly NodeClass[],
  takes: Takes,
): Slot | undefined {
  const [first] = aim.sought;
  return first && firstOf(rankAll(index, aim, classes, first.on.places, takes))?.slot;
}

/** Slots that have demerits or merits of their own are looked at one by one, all others through their class's tree. */
function bestOf(
  index: FleetIndex,
  aim: Aim,
  classes: readonly NodeClass[],
  takes: Takes,
): Slot | undefined {
  const special = aim.special();
  const known = firstOf(rankAll(index, aim, classes, special, takes));
  const usual: readonly [number, number] = [aim.liked.length, 0];
  if (known && isBefore(known.rank, [...usual, -1])) return known.slot;
  const ordinary = lightest(aim, classes, (slot) => !special.has(slot) && takes(slot));
  if (!ordinary) return known?.slot;
  const other: Ranked = { slot: ordinary, rank: [...usual, ordinary.load] };
  return known && isBetter(known, other) ? known.slot : ordinary;
}

/** The least loaded of several classes; of equal ones that of the class which comes first. */
function lightest(aim: Aim, classes: readonly NodeClass[], takes: Takes): Slot | undefined {
  // The one that promises most first: what it finds lets most others be left out.
  const first = mostPromising(classes);
  let best = first?.lightest(aim.needs, Infinity, takes);
  for (const nodes of classes) {
    const below = best?.load ?? Infinity;
    if (nodes === first || nodes.least >= below) continue;
    best = nodes.lightest(aim.needs, below, takes) ?? best;
  }
  return best;
}

function mostPromising(classes: readonly NodeClass[]): NodeClass | undefined {
  let best: NodeClass | undefined;
  for (const nodes of classes) if (nodes.least < (best?.least ?? Infinity)) best = nodes;
  return best;
}

function rankAll(
  index: FleetIndex,
  aim: Aim,
  classes: readonly NodeClass[],
  slots: Iterable<Slot>,
  takes: Takes,
): Ranked[] {
  const allowed = new Set(classes);
  const isAllowed = (slot: Slot): boolean => {
    const nodes = index.classOf(slot);
    return nodes !== undefined && allowed.has(nodes);
  };
  return [...slots]
    .filter((slot) => isAllowed(slot) && takes(slot))
    .map((slot) => ({ slot, rank: [...aim.demerits(slot), slot.load] as const }));
}

const firstOf = (ranked: readonly Ranked[]): Ranked | undefined =>
  ranked.reduce<Ranked | undefined>(
    (best, each) => (best && isBetter(best, each) ? best : each),
    undefined,
  );

const isBetter = (a: Ranked, b: Ranked): boolean =>
  isBefore(a.rank, b.rank) || (!isBefore(b.rank, a.rank) && byOrder(a.slot, b.slot) < 0);

function isBefore(a: Rank, b: Rank): boolean {
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
