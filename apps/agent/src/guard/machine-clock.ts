import type { Clock } from "@bastide/ha";
import { BootClock } from "./boot-clock.ts";

/** This machine's time, as libs/ha asks for it. Wardens have the boot time clock alone, and none of libs/ha. */
export class MachineClock implements Clock {
  readonly #boot = new BootClock();

  bootTimeMs(): number {
    return this.#boot.nowMs();
  }

  wallTimeMs(): number {
    return Date.now();
  }
}
