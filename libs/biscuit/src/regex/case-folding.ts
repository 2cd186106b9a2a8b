import type { CharSet } from "./char-set.ts";

/** What simple case folding connects with others although no letter has it as its upper or lower case. */
const FORMS =
  "\u212a\u017f\u212b\u00b5\u1e9e\u01c5\u01c8\u01cb\u01f2\u0345\u1fbe\u03d0\u03f5\u03d1\u03f4\u03f0\u03d6\u03f1\u03c2\u03d5\u2126\u1e9b" +
  "\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88";
/** Letters whose upper case is several characters, and which fold to one another. */
const TWINS = ["\u0390\u1fd3", "\u03b0\u1fe3", "\ufb05\ufb06"];

/** The code point of a string of one character, else `otherwise`. */
function pointOf(text: string, otherwise: number): number {
  const point = text.codePointAt(0) ?? otherwise;
  return String.fromCodePoint(point).length === text.length ? point : otherwise;
}

const upper = (point: number): number => pointOf(String.fromCodePoint(point).toUpperCase(), point);
const lower = (point: number): number => pointOf(String.fromCodePoint(point).toLowerCase(), point);

/** What else each letter may look like, by its lower case. Made at the first use. */
let orbits: Map<number, number[]> | undefined;

function makeOrbits(): Map<number, number[]> {
  const made = new Map<number, number[]>();
  for (const form of Array.from(FORMS, (character) => pointOf(character, 0))) {
    const base = lower(upper(form));
    made.set(base, [...(made.get(base) ?? []), form]);
  }
  for (const twins of TWINS) {
    const points = Array.from(twins, (character) => pointOf(character, 0));
    for (const point of points) made.set(point, points);
  }
  return made;
}

/** Everything that simple case folding makes equal to `point`. */
function orbitOf(point: number): readonly number[] {
  // The dotless and the dotted I fold to themselves only, whatever case conversion says.
  if (point === 0x130 || point === 0x131) return [point];
  const base = lower(upper(point));
  return [point, base, upper(base), ...((orbits ??= makeOrbits()).get(base) ?? [])];
}

/** The same set without regard to case; `ascii` limits that to a-z. */
export function foldCase(set: CharSet, ascii: boolean): CharSet {
  const orbit = (point: number): readonly number[] => {
    if (!ascii) return orbitOf(point);
    const isLetter = (point >= 0x41 && point <= 0x5a) || (point >= 0x61 && point <= 0x7a);
    return isLetter ? [point, point ^ 0x20] : [point];
  };
  return { cost: 10 + 4 * set.cost, has: (point) => orbit(point).some((each) => set.has(each)) };
}
