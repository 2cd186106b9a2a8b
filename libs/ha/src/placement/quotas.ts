import type { FleetIndex } from "./fleet-index.ts";
import type { Member } from "./groups.ts";
import type { Refusal } from "./refusal.ts";
import { largest, minus, plus, RESOURCES, type Room, roomFor } from "./resources.ts";

const UNIT: Readonly<Record<keyof Room, readonly [code: Refusal["code"], unit: string]>> = {
  cpuMillis: ["quota-cpu", "thousandths of a core"],
  memoryMb: ["quota-memory", "MiB"],
  instances: ["quota-instances", "instances"],
};

/** Why the tenant may not have one more instance of this; empty where it may. */
export function quotaRefusals(index: FleetIndex, member: Member): Refusal[] {
  const { tenant, needs, charge: each = needs, group } = member.workload;
  const quota = index.quotas.get(tenant);
  if (!quota) return [];
  const charge = index.groupOf(group).charge();
  const added = minus(largest(charge, roomFor(each, member.on.total + 1)), charge);
  const used = index.accounts.of(tenant);
  const after = plus(used, added);
  return RESOURCES.flatMap((of) => {
    const limit = quota[of];
    if (limit === undefined || added[of] <= 0 || after[of] <= limit) return [];
    const [code, unit] = UNIT[of];
    const fact = `${tenant} uses ${used[of]} of ${limit} ${unit}, and this needs ${added[of]} more`;
    return [{ code, fact }];
  });
}
