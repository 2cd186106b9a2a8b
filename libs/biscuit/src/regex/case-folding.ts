import type { CharSet } from "./char-set.ts";

/** Orbits of simple case folding that upper and lower case alone do not connect. */
const IRREGULAR: readonly string[] = [
  "kK\u212a", "sS\u017f", "\u00e5\u00c5\u212b", "\u00b5\u039c\u03bc", "\u00df\u1e9e", "\u01c4\u01c5\u01c6",
  "\u01c7\u01c8\u01c9", "\u01ca\u01cb\u01cc", "\u01f1\u01f2\u01f3", "\u0345\u0399\u03b9\u1fbe", "\u0392\u03b2\u03d0",
  "\u0395\u03b5\u03f5", "\u0398\u03b8\u03d1\u03f4", "\u039a\u03ba\u03f0", "\u03a0\u03c0\u03d6", "\u03a1\u03c1\u03f1",
  "\u03a3\u03c2\u03c3", "\u03a6\u03c6\u03d5", "\u03a9\u03c9\u2126", "\u1e60\u1e61\u1e9b", "\u0432\u0412\u1c80",
  "\u0434\u0414\u1c81", "\u043e\u041e\u1c82", "\u0441\u0421\u1c83", "\u0442\u0422\u1c84\u1c85", "\u044a\u042a\u1c86",
  "\u0463\u0462\u1c87", "\ua64b\ua64a\u1c88", "\u0390\u1fd3", "\u03b0\u1fe3", "\ufb05\ufb06",
]; // prettier-ignore

const ORBITS: ReadonlyMap<number, readonly number[]> = new Map(
  IRREGULAR.flatMap((orbit) => {
    const points = Array.from(orbit, (character) => character.codePointAt(0) ?? 0);
    return points.map((point): [number, readonly number[]] => [point, points]);
  }),
);

/** The code point of a string of one character, else `otherwise`. */
function pointOf(text: string, otherwise: number): number {
  const point = text.codePointAt(0) ?? otherwise;
  return String.fromCodePoint(point).length === text.length ? point : otherwise;
}

/** Everything that simple case folding makes equal to `point`. */
function orbitOf(point: number): readonly number[] {
  const irregular = ORBITS.get(point);
  if (irregular !== undefined) return irregular;
  // The dotless and the dotted I fold to themselves only, whatever case conversion says.
  if (point === 0x130 || point === 0x131) return [point];
  const text = String.fromCodePoint(point);
  return [point, pointOf(text.toLowerCase(), point), pointOf(text.toUpperCase(), point)];
}

/** The same set without regard to case; `ascii` limits that to a-z. */
export function foldCase(set: CharSet, ascii: boolean): CharSet {
  const orbit = (point: number): readonly number[] => {
    if (!ascii) return orbitOf(point);
    const isLetter = (point >= 0x41 && point <= 0x5a) || (point >= 0x61 && point <= 0x7a);
    return isLetter ? [point, point ^ 0x20] : [point];
  };
  return { cost: 4 * set.cost, has: (point) => orbit(point).some((each) => set.has(each)) };
}
