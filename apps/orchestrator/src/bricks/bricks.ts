import type { Brick } from "./brick.ts";
import { drill, drillPair } from "./drill.ts";
import { gateway } from "./gateway.ts";

/** Every brick that the platform deploys, by libs/ha. A new one is a new file and a new line here. */
export const BRICKS: readonly Brick[] = [gateway, drill, drillPair];

/** A name on record of which the platform has nothing any more: what runs of it is to be stopped. */
export const isRetired = (name: string): boolean => !BRICKS.some((brick) => brick.name === name);
