import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("lets one go on in each turn of the event loop, the oldest first", async () => {
  const turns = new Turns();
  const gone: string[] = [];
  const all = ["a", "b", "c"].map((name) => turns.next().then(() => gone.push(name)));
  expect(gone).toEqual([]);
  await turnOfTheLoop();
  expect(gone).toEqual(["a"]);
  await turnOfTheLoop();
  expect(gone).toEqual(["a", "b"]);
  await Promise.all(all);
  expect(gone).toEqual(["a", "b", "c"]);
});

it("takes whoever comes in the very moment in which it has become empty", async () => {
  const turns = new Turns();
  const gone: number[] = [];
  await turns.next().then(() => turns.next());
  await Promise.all([1, 2].map((n) => turns.next().then(() => gone.push(n))));
  expect(gone).toEqual([1, 2]);
});
