/** A set of code points. */
export interface CharSet {
  has(point: number): boolean;
  /** How many tests `has` makes at most; what a match costs. */
  readonly cost: number;
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

/** Remembers answers for ASCII, where nearly all questions are. */
export function remembering(set: CharSet): CharSet {
  const known = new Int8Array(128);
  return {
    cost: 1,
    has(point) {
      if (point >= 128) return set.has(point);
      const answer = known[point];
      if (answer !== 0) return answer === 1;
      const isIn = set.has(point);
      known[point] = isIn ? 1 : 2;
      return isIn;
    },
  };
}
