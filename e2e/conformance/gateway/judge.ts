import type { BackEnds, Compared, ReadBy } from "./back-ends.ts";
import type { Meant } from "./case.ts";
import { type Reading, readStrictly } from "./read-strictly.ts";
import type { RecordingApp } from "./recording-app.ts";

/** What has to become of a case, over whichever version of HTTP. */
export interface Judged {
  /** Unique. */
  readonly name: string;
  /** Where it is said: RFC and section. */
  readonly source: string;
  readonly meant: Meant;
  /** Requests that are meant, one unless given. */
  readonly requests?: number;
  /** What must not be in anything that is passed on. */
  readonly withheld?: RegExp;
  /** What must be in what is passed on. */
  readonly carried?: RegExp;
  /** What is wrong is one field, and without it the request would be right. */
  readonly isOneField?: boolean;
}

/** What the client got. */
export interface Answered {
  /** Absent where the connection or the stream just ended. */
  readonly status?: number;
  /** False where neither an answer nor an end came. */
  readonly isOver: boolean;
}

/** What became of a case. */
export interface Outcome {
  readonly verdict: "refused" | "passed" | "ambiguous" | "silent";
  /** Requests that reached the app. */
  readonly requests: number;
  readonly detail: string;
  /** By each back end, of what reached the app, connection by connection. */
  readonly readings: readonly ReadBy[];
}

/** Judges by what reached the app: read to the letter of RFC 9112, and by the back ends that people have. */
export class Judge {
  readonly app: RecordingApp;
  readonly #backEnds: BackEnds | undefined;

  constructor(app: RecordingApp, backEnds?: BackEnds) {
    this.app = app;
    this.#backEnds = backEnds;
  }

  /** Of the case whose bytes were sent since this was called last. */
  async judge(one: Judged, { status, isOver }: Answered): Promise<Outcome> {
    const records = this.app.take();
    const readings = records.map(readStrictly);
    const requests = readings.reduce((sum, reading) => sum + reading.requests, 0);
    const unclear = doubtIn(one, records, readings, requests);
    const compared = await this.#compare(records, readings);
    const seen = { requests, readings: compared.readings };
    const doubt = unclear ?? compared.difference;
    if (doubt !== undefined) return { ...seen, verdict: "ambiguous", detail: doubt };
    const detail = `answered with ${status ?? "none"}`;
    if (requests > 0) return { ...seen, verdict: "passed", detail };
    const isRefused = isOver && (status === undefined || status >= 400);
    return { ...seen, verdict: isRefused ? "refused" : "silent", detail };
  }

  async #compare(records: readonly string[], readings: readonly Reading[]): Promise<Compared> {
    const all: ReadBy[] = [];
    for (const [i, record] of records.entries()) {
      const reading = readings[i] ?? readStrictly(record);
      const compared = await this.#backEnds?.compare(record, reading);
      all.push(...(compared?.readings ?? []));
      if (compared?.difference !== undefined)
        return { readings: all, difference: compared.difference };
    }
    return { readings: all };
  }
}

/** Why what reached the app could be taken for something else than was meant. */
function doubtIn(
  { withheld, carried, requests: meant = 1 }: Judged,
  records: readonly string[],
  readings: readonly Reading[],
  requests: number,
): string | undefined {
  // A message that was cut off before its end is none: its connection is closed, and every upstream can tell.
  const fault = readings.find((reading) => reading.fault !== undefined && !reading.isCut)?.fault;
  if (fault !== undefined) return fault;
  const [leaked] = records.flatMap((record) => withheld?.exec(record)?.[0] ?? []);
  if (leaked !== undefined) return `the app got ${JSON.stringify(leaked)}`;
  if (requests > 0 && carried && !records.some((record) => carried.test(record)))
    return `the app did not get ${String(carried)}`;
  return requests > meant ? `${requests} requests reached the app` : undefined;
}
