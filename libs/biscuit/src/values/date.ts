import type { Integer } from "./integer.ts";

/** RFC 3339 with an offset; a fraction is read and dropped, as dates are whole seconds. */
export const DATE_PATTERN: RegExp =
  /(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))/y;

/** Seconds of 9999-12-31T23:59:59Z, the last date that RFC 3339 can write. */
const LAST_PRINTABLE = 253_402_300_799;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function isCalendarDay(year: number, month: number, day: number): boolean {
  const days = month === 2 && isLeapYear(year) ? 29 : (DAYS[month - 1] ?? 0);
  return day >= 1 && day <= days;
}

function isTimeOfDay(hour: number, minute: number, second: number): boolean {
  // RFC 3339 §5.7 allows a leap second at the end of a UTC day; offsets make any hour possible here.
  return hour <= 23 && minute <= 59 && (second <= 59 || (second === 60 && minute === 59));
}

/** Seconds east of UTC, or not a number. */
function offsetOf(match: RegExpMatchArray): number {
  const sign = match[7];
  if (sign === undefined) return 0;
  const [hours, minutes] = [Number(match[8]), Number(match[9])];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (hours * 60 + minutes) * 60 * (sign === "-" ? -1 : 1);
}

/** Seconds since the epoch of a match of `DATE_PATTERN`; `undefined` when it is no date or lies before 1970. */
export function secondsOf(match: RegExpMatchArray): number | undefined {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  if (!isCalendarDay(year, month, day) || !isTimeOfDay(hour, minute, second)) return undefined;
  // `Date.UTC` takes the years before 100 for those of the twentieth century.
  if (year < 100) return undefined;
  const utc = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
  const seconds = utc / 1000 - offsetOf(match);
  // Not a number, where the offset is wrong, is not at least 0 either.
  return seconds >= 0 ? seconds : undefined;
}

/** RFC 3339 in UTC, or a form that does not parse for dates after the year 9999. */
export function printDate(seconds: Integer): string {
  if (seconds > LAST_PRINTABLE) return `<date beyond the year 9999: ${seconds}>`;
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}
