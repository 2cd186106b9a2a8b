import type { HaDesired } from "@bastide/contracts";
import type { Brick } from "../bricks/brick.ts";

/** What is wanted of a brick: what was said last, and before anybody said anything what it says itself. */
export const wantedOf = (
  { isWantedAtOnce }: Pick<Brick, "isWantedAtOnce">,
  said: HaDesired | undefined,
): HaDesired => said ?? { kind: isWantedAtOnce === true ? "started" : "stopped" };
