import type { NodeHeartbeat } from "@bastide/contracts";
import { expect, it } from "vitest";
import { Journal } from "../journal/journal.ts";
import { Heart } from "./heart.ts";

/** Lets a heart beat until the orchestrator has answered so often, each time with a clock that is ahead by so much. */
async function beats(aheadMs: readonly number[], times: number) {
  const heard: NodeHeartbeat[] = [];
  const enough = Promise.withResolvers<void>();
  let log = "";
  const heart = new Heart({
    incarnation: 7,
    send: (heartbeat) => {
      const ahead = aheadMs[heard.length] ?? 0;
      heard.push(heartbeat);
      if (heard.length === times) enough.resolve();
      return Promise.resolve(new Date(Date.now() + ahead));
    },
    journal: new Journal((line) => void (log += line)),
    everyMs: 1,
  });
  heart.start();
  await enough.promise;
  await heart.stop();
  return { heard, log };
}

it("says again and again that the node lives, under the number of this start and with its clock", async () => {
  const { heard, log } = await beats([], 3);
  expect(heard.map(({ incarnation }) => incarnation)).toEqual([7, 7, 7]);
  expect(heard.every(({ clock }) => !Number.isNaN(Date.parse(clock)))).toBe(true);
  expect(log).toBe("");
});

it("says once that the two clocks are too far apart, and once that they are right again", async () => {
  const hour = 3_600_000;
  const { log } = await beats([hour, hour, 0, 0], 5);
  expect(log.match(/too far apart/g)).toHaveLength(1);
  expect(log.match(/is right again/g)).toHaveLength(1);
});
