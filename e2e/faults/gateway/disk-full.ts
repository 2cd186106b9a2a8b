import { setTimeout as delay } from "node:timers/promises";
import { atMost, type Row } from "../../src/index.ts";
import { FaultBench } from "./bench.ts";
import { besides, sayFailures } from "./good-clients.ts";

/** No line of a log can be written: /dev/full answers each write as a full disk does (ENOSPC). */
export async function diskFullRows(forMs: number, say: (line: string) => void): Promise<Row[]> {
  const settings = { BASTIDE_LOG_LINES_PER_SECOND: "1000" };
  await using bench = await FaultBench.start(settings, { logFile: "/dev/full" });
  say("the disk of its logs is full …");
  const seen = await besides(bench, () => delay(forMs));
  sayFailures(seen, say);
  const what = `disk full for logs: failed requests of ${seen.samples.length}`;
  return [
    atMost(what, "", seen.failures.length, 0),
    atMost("disk full for logs: workers that died", "", await bench.deaths(), 0),
  ];
}
