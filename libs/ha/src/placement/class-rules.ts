import { domainOf, labelOf } from "./node.ts";
import type { NodeClass } from "./node-class.ts";
import type { PolicyVerdicts } from "./policy-verdicts.ts";
import type { Refusal } from "./refusal.ts";
import type { Workload } from "./workload.ts";

/** What of a workload the facts of a node can refuse; workloads with the same key are refused by the same classes. */
export const requirementKeyOf = ({ driver, labels, policy, spread }: Workload): string =>
  JSON.stringify([
    driver,
    Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    policy ?? null,
    spread.filter(({ most }) => most !== undefined).map(({ over }) => over),
  ]);

/** Why no node of a class may run the workload, now or ever, as long as their facts are what they are. */
export function classRefusals(
  workload: Workload,
  nodes: NodeClass,
  verdicts: PolicyVerdicts,
): readonly Refusal[] {
  const judged = workload.policy === undefined ? undefined : verdicts.of(workload.policy, nodes);
  return [
    ...driverRefusals(workload, nodes),
    ...labelRefusals(workload, nodes),
    ...(judged ? [judged] : []),
    ...domainRefusals(workload, nodes),
  ];
}

function driverRefusals({ driver }: Workload, { example }: NodeClass): Refusal[] {
  const drivers = example.facts.driver ?? [];
  if (drivers.includes(driver)) return [];
  const there = drivers.length > 0 ? drivers.join(" and ") : "none";
  return [{ code: "driver", fact: `needs the driver ${driver}, has ${there}` }];
}

const labelRefusals = ({ labels }: Workload, { example }: NodeClass): Refusal[] =>
  Object.entries(labels)
    .filter(([key, value]) => example.labels[key] !== value)
    .map(([key, value]) => {
      const has = example.labels[key];
      const there = has === undefined ? "has no such label" : `has ${key}=${has}`;
      return { code: "labels", fact: `needs the label ${key}=${value}, ${there}` };
    });

/** Where at most so many may be in one domain, a node has to say in which it is. */
const domainRefusals = ({ spread }: Workload, { example }: NodeClass): Refusal[] =>
  spread
    .filter(({ over, most }) => most !== undefined && domainOf(example, over) === undefined)
    .map(({ over }) => ({ code: "spread", fact: `says no ${labelOf(over) ?? over}` }));
