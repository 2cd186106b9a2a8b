import { afterAll, beforeAll, expect, it } from "vitest";
import { failed, ManyNodes } from "../src/index.ts";

let many: ManyNodes;
beforeAll(async () => {
  many = await ManyNodes.start("shop");
});
afterAll(() => many.platform.destroy());

it("a node that is cut off keeps its app running, and nothing is restarted when it is back (as root: its cable is pulled)", async () => {
  const { node, observed, id } = await many.victim();
  const samples = await many.underLoad(async () => {
    await many.must("node", "unplug", node, "--cable");
    await many.livenessIs(node, "lost");
    await expect.poll(async () => (await many.serving()).length, { timeout: 30_000 }).toBe(2);
  });
  // What was on its way there is answered by the other instance; an answer that had begun cannot be given again.
  expect(samples.filter((sample) => failed(sample) && !sample.begun)).toEqual([]);
  await many.must("node", "plug", node);
  await many.livenessIs(node, "alive");
  await many.settled();
  const kept = (await many.instances()).find((instance) => instance.id === id);
  expect(kept?.observed).toMatchObject({ startedAt: observed?.startedAt, restarts: 0 });
});
