import { isRunning, until } from "../../src/index.ts";
import type { Case } from "./cases.ts";
import { never } from "./finding.ts";
import { type HaNode, settled } from "./ha-nodes.ts";
import { ShopWatch } from "./shop-watch.ts";
import type { World } from "./world.ts";

/** Has the drill on a node that runs an instance of the app as well, and two gateways: one machine's death is of all. */
export async function shopOnHolder({ shop, platform, nodes }: World): Promise<void> {
  await shop.settled();
  await shop.twoGateways();
  const homes = (await shop.serving()).map(({ node }) => node);
  const [home] = homes;
  if (home === undefined || homes.includes(await settled(platform, nodes))) return;
  await platform.json(["ha", "switch", "drill", home]);
  await until(`the drill on ${home}`, async () => (await settled(platform, nodes)) === home);
  // Whoever takes it over keeps it: no node is meant from here on.
  await platform.json(["ha", "start", "drill"]);
}

/** The machine dies, by whichever way, and is watched until an instance elsewhere answers instead of the one that it had. */
export function machineDies(die: (holder: HaNode) => Promise<void>): Case["run"] {
  return async (world, holder, heals) => {
    await using watch = await ShopWatch.start(world, holder);
    heals.defer(() => holder.plug());
    world.startsNow();
    await die(holder);
    const diedMs = performance.now();
    const left = watch.doomed.filter(({ observed }) => isRunning(observed?.pid ?? 0));
    await world.taken(holder.name);
    await watch.replaced();
    return [
      never("instances of the app on the machine that lived on", left.length),
      ...(await watch.findings(diedMs)),
    ];
  };
}
