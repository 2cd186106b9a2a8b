/** A set of code points. */
export interface CharSet {
  has(point: number): boolean;
  /** How many steps `has` takes at most: measured, a step is some 20 ns on a slow machine. */
  readonly cost: number;
}

/** A set that knows answers that it gave before. */
export interface RememberingSet extends Pick<CharSet, "has"> {
  /** Steps that asking about this character takes now. */
  costOf(point: number): number;
}

export const single = (point: number): CharSet => ({ cost: 1, has: (other) => other === point });

export const range = (first: number, last: number): CharSet => ({
  cost: 1,
  has: (point) => point >= first && point <= last,
});

const costOf = (sets: readonly CharSet[]): number => sets.reduce((sum, { cost }) => sum + cost, 1);

export const union = (sets: readonly CharSet[]): CharSet => ({
  cost: costOf(sets),
  has: (point) => sets.some((set) => set.has(point)),
});

export const negate = (set: CharSet): CharSet => ({
  cost: set.cost,
  has: (point) => !set.has(point),
});

export const intersect = (a: CharSet, b: CharSet): CharSet => ({
  cost: a.cost + b.cost,
  has: (point) => a.has(point) && b.has(point),
});

export const subtract = (a: CharSet, b: CharSet): CharSet => intersect(a, negate(b));

export const differ = (a: CharSet, b: CharSet): CharSet => ({
  cost: a.cost + b.cost,
  has: (point) => a.has(point) !== b.has(point),
});

/** Remembers answers for ASCII, where nearly all questions are. Of one evaluation, so that its steps are always the same. */
export function remembering(set: CharSet): RememberingSet {
  const known = new Int8Array(128);
  return {
    costOf: (point) => ((known[point] ?? 0) > 0 ? 1 : set.cost),
    has(point) {
      if (point >= 128) return set.has(point);
      known[point] ||= set.has(point) ? 1 : 2;
      return known[point] === 1;
    },
  };
}
