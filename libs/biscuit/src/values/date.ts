import type { Integer } from "./integer.ts";

/** RFC 3339 with an offset; a fraction is read and dropped, as dates are whole seconds. */
export const DATE_PATTERN: RegExp =
  /(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))/y;

/** Seconds of 9999-12-31T23:59:59Z, the last date that RFC 3339 can write. */
const LAST_PRINTABLE = 253_402_300_799;

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isTimeOfDay(hour: number, minute: number, second: number): boolean {
  // RFC 3339 §5.7 allows a leap second at the end of a UTC day; offsets make any hour possible here.
  return hour <= 23 && minute <= 59 && (second <= 59 || (second === 60 && minute === 59));
}

/** Seconds east of UTC, or not a number. */
function offsetOf([
  ,
  ,
  ,
  ,
  ,
  ,
  ,
  sign = "+",
  hours = "0",
  minutes = "0",
]: RegExpMatchArray): number {
  if (Number(hours) > 23 || Number(minutes) > 59) return Number.NaN;
  return (Number(hours) * 60 + Number(minutes)) * 60 * (sign === "-" ? -1 : 1);
}

/** Seconds since the epoch of a match of `DATE_PATTERN`; `undefined` when it is no date or lies before 1970. */
export function secondsOf(match: RegExpMatchArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const offset = offsetOf(match);
  if (!isCalendarDay(year, month, day) || !isTimeOfDay(hour, minute, second)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, Math.min(second, 59));
  const seconds = date.getTime() / 1000 - offset;
  // Not a number, where the offset is wrong, is not at least 0 either.
  return seconds >= 0 ? seconds : undefined;
}

/** RFC 3339 in UTC, or a form that does not parse for dates after the year 9999. */
export function printDate(seconds: Integer): string {
  if (seconds > LAST_PRINTABLE) return `<date beyond the year 9999: ${seconds}>`;
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}
