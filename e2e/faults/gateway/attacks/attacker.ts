// The process that attacks: what floods a gateway would starve the good clients that are measured beside it.
import { setTimeout as delay } from "node:timers/promises";
import { MIXED_ATTACKS } from "./all.ts";
import type { Assault, Assaulted } from "./attackers.ts";
import { CROWDS } from "./crowds.ts";

/** One whom the gateway is rid of comes again after this time. */
const AGAIN_MS = 500;

/** Of one client: how often the gateway ended it before it was told that it is enough. */
async function one({ name, crowd, target }: Assault, signal: AbortSignal): Promise<number> {
  const run = crowd === undefined ? MIXED_ATTACKS[name]?.run : CROWDS[crowd];
  if (!run) throw new Error(`there is no attack "${name}"`);
  for (let ended = 0; ; ended++) {
    await run(target, signal);
    if (signal.aborted) return ended;
    await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}

process.on("message", (message) => {
  const assaults = message as readonly Assault[];
  void Promise.all(assaults.map(carryOut)).then((all) => process.send?.(all));
});

async function carryOut(assault: Assault): Promise<Assaulted> {
  const signal = AbortSignal.timeout(assault.forMs);
  const clients = Array.from({ length: assault.clients }, () => one(assault, signal));
  const ended = (await Promise.all(clients)).reduce((sum, times) => sum + times, 0);
  return { clients: clients.length, ended };
}

process.on("disconnect", () => process.exit());
