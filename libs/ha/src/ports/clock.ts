/**
 * The time of one machine. Two clocks of two machines may differ in rate by no more than the drift bound of whoever
 * reckons with both (`DRIFT_BOUND`), and by any amount in what they show.
 */
export abstract class Clock {
  /** Milliseconds by a clock that only grows and counts while the machine sleeps (CLOCK_BOOTTIME). Leases use no other. */
  abstract bootTimeMs(): number;

  /** Milliseconds since 1970 as the machine believes; it may jump either way, so that no decision rests on it. */
  abstract wallTimeMs(): number;
}
