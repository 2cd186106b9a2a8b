import type { Suite } from "../suite.ts";
import { chains } from "./chains.ts";
import { expressions } from "./expressions.ts";
import { mutations } from "./mutations.ts";
import { patterns } from "./patterns.ts";
import { programs } from "./programs.ts";

/** A suite whose cases only it looks into. */
export type AnySuite = Suite<unknown>;

// Methods are compared bivariantly, so each suite is one of unknown cases; only the suite itself makes its cases.
/** Everything that is compared with the reference implementation. */
export const DIFFERENTIAL: readonly AnySuite[] = [
  programs,
  expressions,
  patterns,
  chains,
  mutations,
];
