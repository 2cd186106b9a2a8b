import { expect, test } from "vitest";
import type { NodeMessage } from "../agent/node-message.ts";
import { type Chance, MemoryNetwork } from "./memory-network.ts";

const ASK: NodeMessage = { kind: "guard", message: { kind: "seed-ask", floor: 1 } };

/** Messages take the shortest time there is; what arrives, and after how long. */
function between(chance: Chance["chance"]) {
  const arrived: string[] = [];
  const network = new MemoryNetwork(
    ["a", "b"],
    { between: (first) => first, chance },
    (delayMs, run) => {
      arrived.push(`after ${delayMs}`);
      run();
    },
  );
  const deliver = (to: string, { kind }: NodeMessage): void =>
    void arrived.push(`${kind} at ${to}`);
  const from = (end: string) => network.transport(end, deliver);
  return { arrived, network, a: from("a"), b: from("b") };
}

test("carries what is sent, to oneself without a delay", () => {
  const { arrived, a } = between(() => false);
  a.send("b", ASK);
  a.send("a", ASK);
  expect(arrived).toEqual(["after 1", "guard at b", "after 0", "guard at a"]);
});

test("a link that is cut carries nothing, in that direction alone, until it heals", () => {
  const { arrived, network, a, b } = between(() => false);
  network.link("a", "b").isCut = true;
  a.send("b", ASK);
  expect(arrived).toEqual([]);
  b.send("a", ASK);
  expect(arrived).toEqual(["after 1", "guard at a"]);
  network.heal();
  a.send("b", ASK);
  expect(arrived).toContain("guard at b");
});

test("a bad link loses what chance says, or carries it twice", () => {
  const lossy = between((probability) => probability >= 0.2);
  lossy.network.link("a", "b").loss = 0.2;
  lossy.a.send("b", ASK);
  expect(lossy.arrived).toEqual([]);
  const twice = between((probability) => probability >= 0.3);
  Object.assign(twice.network.link("a", "b"), { loss: 0.1, repeats: 0.3 });
  twice.a.send("b", ASK);
  expect(twice.arrived.filter((what) => what === "guard at b")).toHaveLength(2);
});
