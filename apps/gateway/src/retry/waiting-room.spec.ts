import { expect, it } from "vitest";
import { WaitingRoom } from "./waiting-room.ts";

it("wakes everybody who waits, at once", async () => {
  const room = new WaitingRoom({ perHost: 10, total: 10 });
  const waits = [room.tryWait("a", 60_000), room.tryWait("b", 60_000)];
  expect(room.size).toBe(2);
  room.wake();
  await Promise.all(waits.flatMap((wait) => wait?.done ?? []));
  expect(room.size).toBe(0);
});

it("ends a wait by itself after its time, and when the one who waits leaves", async () => {
  const room = new WaitingRoom({ perHost: 10, total: 10 });
  await room.tryWait("a", 1)?.done;
  const wait = room.tryWait("a", 60_000);
  wait?.leave();
  await wait?.done;
  expect(room.size).toBe(0);
});

it("lets no host fill the room, nor all hosts together", () => {
  const room = new WaitingRoom({ perHost: 2, total: 3 });
  const first = room.tryWait("a", 60_000);
  room.tryWait("a", 60_000);
  expect(room.tryWait("a", 60_000)).toBeUndefined();
  room.tryWait("b", 60_000);
  expect(room.tryWait("c", 60_000)).toBeUndefined();
  first?.leave();
  first?.leave();
  expect(room.tryWait("a", 60_000)).toBeDefined();
  room.wake();
});
