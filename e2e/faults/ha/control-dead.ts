import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Instance, ObservedInstance } from "@bastide/contracts";
import { failed, isRunning, until } from "../../src/index.ts";
import { type Finding, never } from "./finding.ts";
import { signalAll } from "./ha-nodes.ts";
import type { World } from "./world.ts";

/** How long it is watched once it is back: what it would restart, it does by then. */
const WATCH_MS = 10_000;

/** Through the gateway; the two services' two hundred go on beside it. */
const PER_SECOND = 25;

/**
 * The control plane killed, with nobody to start it again, and an instance of a tenant's app crashed in that time; then
 * it is back.
 */
export async function controlDead(
  world: World,
  _: unknown,
  heals: AsyncDisposableStack,
): Promise<readonly Finding[]> {
  const { shop, platform, controlDeadMs } = world;
  await shop.settled();
  const before = await shop.instances();
  const [crashing] = before;
  if (crashing?.observed?.pid === undefined) throw new Error("the app has no instance that runs");
  const guarded = await guardedPids(world);
  const crashed = crashing.observed.pid;
  let backMs = 0;
  const samples = await shop.underLoad(
    async () => {
      const supervisor = recordedPid(platform.home, "up");
      heals.defer(() => signalAll([supervisor], "SIGCONT"));
      signalAll([supervisor], "SIGSTOP");
      signalAll([recordedPid(platform.home, "orchestrator"), crashed], "SIGKILL");
      await delay(controlDeadMs);
      backMs = Date.now();
      signalAll([supervisor], "SIGCONT");
      await until(
        "the control plane sees both instances",
        async () => {
          const serving = await shop.serving().catch(() => []);
          return serving.length === before.length;
        },
        { deadlineMs: 60_000 },
      );
      await delay(WATCH_MS);
    },
    { perSecond: PER_SECOND },
  );
  const after = await shop.instances();
  const repaired = after.find(({ id }) => id === crashing.id)?.observed;
  const others = before.filter(({ id }) => id !== crashing.id);
  const changed = others.filter((one) => !after.some((other) => isSame(one, other)));
  const ended = guarded.filter((pid) => !isRunning(pid));
  return [
    never("requests through the gateway that failed", samples.filter(failed).length),
    never(
      "crashed instances that were not restarted meanwhile",
      wasRestarted(crashing.observed, repaired, backMs) ? 0 : 1,
    ),
    never(
      "instances, guards and their programs that did not stay what they were",
      changed.length + ended.length + Math.abs(after.length - before.length),
    ),
  ];
}

const wasRestarted = (
  before: ObservedInstance,
  after: ObservedInstance | undefined,
  untilMs: number,
): boolean =>
  after?.restarts === before.restarts + 1 && Date.parse(after.startedAt ?? "") < untilMs;

const isSame = (one: Instance, other: Instance): boolean =>
  one.id === other.id &&
  one.observed?.pid === other.observed?.pid &&
  one.observed?.restarts === other.observed?.restarts;

async function guardedPids({ nodes }: World): Promise<readonly number[]> {
  return (await Promise.all(nodes.map((node) => node.guarded()))).flat();
}

const recordedPid = (home: string, name: string): number =>
  Number.parseInt(readFileSync(join(home, `run/${name}.pid`), "utf8"), 10);
