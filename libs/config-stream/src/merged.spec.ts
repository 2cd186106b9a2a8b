import type { StreamMessage } from "@bastide/contracts";
import { expect, it } from "vitest";
import { merged } from "./merged.ts";

const at = (sequence: number) => ({
  history: "01990000-0000-7000-8000-000000000001",
  epoch: 1,
  sequence,
});
const delta = (
  after: number,
  version: number,
  ...changes: [key: string, value: number | null][]
): StreamMessage => ({
  type: "delta",
  after: at(after),
  version: at(version),
  changes: changes.map(([key, value]) =>
    value === null ? { key, tombstone: true } : { key, value },
  ),
});

/** Everything is there before the first message is taken. */
async function taken(...messages: StreamMessage[]): Promise<StreamMessage[]> {
  const result: StreamMessage[] = [];
  for await (const message of merged(
    (async function* () {
      yield* messages;
    })(),
  )) {
    result.push(message);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return result;
}

it("gives deltas that wait as one, with the last word on each key", async () => {
  const [first, rest, ...none] = await taken(
    delta(0, 1, ["a", 1]),
    delta(1, 2, ["a", 2], ["b", 1]),
    delta(2, 3, ["b", null]),
  );
  expect(none).toEqual([]);
  const whole = rest ?? first;
  expect(whole?.version.sequence).toBe(3);
  expect(whole).toMatchObject({ changes: expect.arrayContaining([{ key: "b", tombstone: true }]) });
});

it("keeps apart what does not follow, and what is no delta", async () => {
  const snapshot: StreamMessage = { type: "snapshot", version: at(5), changes: [] };
  const heartbeat: StreamMessage = { type: "heartbeat", version: at(7) };
  const messages = [snapshot, delta(6, 7, ["a", 1]), heartbeat, delta(9, 10, ["a", 2])];
  expect(await taken(...messages)).toEqual(messages);
});

it("ends as the stream ends: with its error, after all that came before", async () => {
  const broken = merged(
    (async function* () {
      yield delta(0, 1, ["a", 1]);
      throw new Error("cut");
    })(),
  );
  expect((await broken.next()).value).toEqual(delta(0, 1, ["a", 1]));
  await expect(broken.next()).rejects.toThrow("cut");
});
