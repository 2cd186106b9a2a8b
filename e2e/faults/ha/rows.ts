import { atLeast, atMost, figure, type Row } from "../../src/index.ts";
import type { Case } from "./cases.ts";
import { findingRows } from "./finding.ts";
import type { FirstAttempts } from "./first-attempts.ts";
import type { Round } from "./round.ts";

/** The longest silence where the same node goes on: a machine that is busy may take so long for one answer. */
const SILENT_MS = 1_000;

/**
 * How long what runs under a lease may take to be dead once its guard kills it, which a guard that was thawed does as the
 * first thing: `stopWithinMs` of a brick that names none.
 */
const KILLED_WITHIN_MS = 400;

const most = (rounds: readonly Round[], of: (round: Round) => number): number =>
  Math.max(...rounds.map(of));
const sum = (rounds: readonly Round[], of: (round: Round) => number): number =>
  rounds.reduce((total, round) => total + of(round), 0);

/** What the rounds of a case have to show. */
export function rowsOf(one: Case, rounds: readonly Round[]): Row[] {
  const { name } = one;
  if (one.isBite === true)
    return [
      atLeast(
        `${name}: two ran at once, and it was seen`,
        "ms",
        most(rounds, (r) => r.overlapMs),
        10,
      ),
      atLeast(
        `${name}: writes that the witness refused`,
        "",
        sum(rounds, (r) => r.fenced),
        1,
      ),
      atMost(
        `${name}: older writes that it took`,
        "",
        sum(rounds, (r) => r.wrong),
        0,
      ),
    ];
  return [
    ...answerRows(one, rounds),
    ...overlapRows(one, rounds),
    atMost(
      `${name}: writes of an older epoch that the witness took`,
      "",
      sum(rounds, (r) => r.wrong),
      0,
    ),
    atMost(
      `${name}: requests to the pair that failed`,
      "",
      sum(rounds, (r) => r.failed),
      0,
    ),
    atMost(
      `${name}: the pair's answers that broke on a living node`,
      "",
      sum(rounds, (r) => r.brokenOnLiving),
      0,
    ),
    ...firstAttemptRows(one, rounds),
    figure(`${name}: the pair's slowest answer`, "s", most(rounds, (r) => r.slowestMs) / 1000),
    figure(
      `${name}: the pair's answers that broke on the dead one`,
      "",
      sum(rounds, (r) => r.brokenOnDead),
    ),
    ...findingRows(
      name,
      rounds.flatMap(({ findings }) => findings),
    ),
  ];
}

/** A request that was answered elsewhere after a living node refused it is no failure of the pair, but one of that node. */
function firstAttemptRows({ name }: Case, rounds: readonly Round[]): Row[] {
  const all = rounds.flatMap(({ firstAttempts }) => firstAttempts);
  const count = (of: (one: FirstAttempts) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  return [
    atMost(
      `${name}: first attempts at the pair's living nodes that were not answered`,
      "",
      count(({ refused, broken }) => refused + broken),
      0,
    ),
    atLeast(
      `${name}: first attempts at each living node of the pair`,
      "",
      Math.min(...all.map(({ answered, refused, broken }) => answered + refused + broken)),
      1,
    ),
  ];
}

function answerRows(one: Case, rounds: readonly Round[]): Row[] {
  if (one.takenWithinMs === undefined)
    return [
      atMost(
        `${one.name}: longest silence`,
        "s",
        most(rounds, (r) => r.silentMs) / 1000,
        (one.silentAtMostMs ?? SILENT_MS) / 1000,
      ),
      atMost(
        `${one.name}: times that another node took it`,
        "",
        rounds.filter((r) => r.takenMs !== undefined).length,
        0,
      ),
    ];
  return [
    atMost(
      `${one.name}: answers again after`,
      "s",
      most(rounds, (r) => r.silentMs) / 1000,
      one.takenWithinMs / 1000,
    ),
  ];
}

function overlapRows(one: Case, rounds: readonly Round[]): Row[] {
  const overlap = most(rounds, (r) => r.overlapMs);
  if (one.isFrozenMachine !== true)
    return [atMost(`${one.name}: time in which two nodes ran it`, "ms", overlap, 0)];
  return [
    atMost(`${one.name}: time from the thaw until it was killed`, "ms", overlap, KILLED_WITHIN_MS),
    figure(
      `${one.name}: writes in it that the witness refused`,
      "",
      sum(rounds, (r) => r.fenced),
    ),
  ];
}
