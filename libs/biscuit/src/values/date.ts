import type { Integer } from "./integer.ts";

/** RFC 3339 with an offset; a fraction is read and dropped, as dates are whole seconds. */
export const DATE_PATTERN: RegExp =
  /(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))/y;

/** Seconds of 9999-12-31T23:59:59Z, the last date that RFC 3339 can write. */
const LAST_PRINTABLE = 253_402_300_799;

/** Seconds east of UTC, or not a number. */
function offsetOf([, , , , , , , sign, hours = "0", minutes = "0"]: RegExpMatchArray): number {
  if (Number(hours) > 23 || Number(minutes) > 59) return Number.NaN;
  return (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60 : 60);
}

/** Seconds since the epoch of a match of `DATE_PATTERN`; `undefined` when it is no date or lies before 1970. */
export function secondsOf(match: RegExpMatchArray): number | undefined {
  const [, year, month, day, hour, minute, second] = match;
  const start = new Date(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  // Where JavaScript takes a day or an hour that is none, it means a later day. RFC 3339 §5.7 allows a leap second at the
  // end of a UTC day; offsets make any hour possible here.
  const isDate =
    start.getUTCDate() === Number(day) && Number(second) <= (minute === "59" ? 60 : 59);
  const seconds = start.getTime() / 1000 + Math.min(Number(second), 59) - offsetOf(match);
  // Not a number, where the offset is wrong, is not at least 0 either.
  return isDate && seconds >= 0 ? seconds : undefined;
}

/** RFC 3339 in UTC, or a form that does not parse for dates after the year 9999. */
export function printDate(seconds: Integer): string {
  if (seconds > LAST_PRINTABLE) return `<date beyond the year 9999: ${seconds}>`;
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}
