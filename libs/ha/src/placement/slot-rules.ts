import type { Aim } from "./aim.ts";
import { domainOf } from "./node.ts";
import type { Refusal } from "./refusal.ts";
import type { Slot } from "./slot.ts";

/** States the fact when the slot may not take one more instance, and nothing otherwise. */
type Rule = (aim: Aim, slot: Slot) => string | undefined;

const lacks = (needed: number, free: number, unit: string): string | undefined =>
  needed > free
    ? `needs ${needed} ${unit}, has ${free < 0 ? `${-free} less than is used` : `${free} free`}`
    : undefined;

const RULES: readonly (readonly [Refusal["code"], Rule])[] = [
  ["lost", (_, { node }) => (node.state === "lost" ? "it is lost: not heard of" : undefined)],
  [
    "cordoned",
    (_, { node }) => (node.state === "cordoned" ? "it takes no new instances" : undefined),
  ],
  ["cpu", ({ needs }, { free }) => lacks(needs.cpuMillis, free.cpuMillis, "thousandths of a core")],
  ["memory", ({ needs }, { free }) => lacks(needs.memoryMb, free.memoryMb, "MiB")],
  ["instances", (_, { free }) => lacks(1, free.instances, "place for an instance")],
  ["spread", crowded],
  ["apart", tooNear],
  ["with", alone],
];

function crowded({ spreads }: Aim, { node }: Slot): string | undefined {
  for (const { over, most, counts } of spreads) {
    const domain = domainOf(node, over);
    if (most === undefined || domain === undefined) continue;
    const there = counts.of(domain);
    if (there >= most) return `at most ${most} in one ${over}; ${domain} has ${there}`;
  }
  return undefined;
}

function tooNear({ avoided }: Aim, slot: Slot): string | undefined {
  const near = avoided.find((group) => group.on.has(slot));
  return near && `${near.name} runs here, and the two are kept apart`;
}

function alone({ sought }: Aim, slot: Slot): string | undefined {
  const missing = sought.find((group) => !group.on.has(slot));
  if (missing === undefined) return undefined;
  return missing.on.total === 0
    ? `has to be with ${missing.name}, of which nothing runs`
    : `has to be with ${missing.name}, which is elsewhere`;
}

/** Whether the slot may take one more; of most that may not the tree knew already. */
export const admits = (aim: Aim, slot: Slot): boolean =>
  RULES.every(([, rule]) => rule(aim, slot) === undefined);

/** Everything that speaks against the slot as it is now. */
export const slotRefusals = (aim: Aim, slot: Slot): Refusal[] =>
  RULES.flatMap(([code, rule]) => {
    const fact = rule(aim, slot);
    return fact === undefined ? [] : [{ code, fact }];
  });
