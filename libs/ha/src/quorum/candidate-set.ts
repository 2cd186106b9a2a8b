/** What a candidate said last of a service. */
export interface CandidateReport {
  /** That of the intents which it acted on when it said so. */
  readonly version: number;
  readonly isStopped: boolean;
}

/**
 * Two majorities share a candidate only if they are of one set. So whoever votes answers none that counts another set;
 * a set that comes again is the same one, and the order in which it is written says nothing.
 */
export const isSameSet = (mine: readonly string[], theirs: readonly string[]): boolean =>
  mine.length === theirs.length && mine.every((voter) => theirs.includes(voter));

/**
 * Whether a service's candidates may change: each of the present ones has heard that it is to be stopped, by the
 * intent of this version, and has nothing of it since. Undefined is one of which nothing is heard.
 */
export const mayChangeSet = (
  reports: readonly (CandidateReport | undefined)[],
  stopVersion: number,
): boolean =>
  reports.every((one) => one !== undefined && one.isStopped && one.version >= stopVersion);
