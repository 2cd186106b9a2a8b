import { AppName } from "@bastide/contracts";

const LAST = 20;
/** Of an app's name, less the longest ending. */
const LONGEST_BASE = 37;

/** Names to try where `name` is taken, the nearest first; each is one that an app may have. */
export function namesLike(name: string): readonly string[] {
  const base = name.slice(0, LONGEST_BASE).replace(/-+$/, "");
  const names = Array.from({ length: LAST - 1 }, (_, index) => `${base}-${index + 2}`);
  return names.filter((one) => AppName.safeParse(one).success);
}
