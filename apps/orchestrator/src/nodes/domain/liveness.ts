import type { NodeLiveness } from "@bastide/contracts";

/**
 * How long a node may be silent before it is suspected. A stream that was cut says that something happened; without a
 * reset (a dead machine sends none) only the missing heartbeats tell, and a busy machine may miss some. A node that has
 * said nothing since our own start may be starting beside us.
 */
export const SUSPECT_AFTER_MS = { cut: 2_500, open: 5_000, unheard: 10_000 } as const;
/** From suspicion to giving it up: an agent that was only restarted is back within it. */
export const GRACE_MS = 3_000;
/** When most nodes fell silent together it is more likely us, until it has lasted this long. */
export const HOLD_MS = 60_000;

/** What is known of one node's signs of life. Times are of `AwakeClock`: while we do not run, nobody is silent. */
export interface Pulse {
  readonly name: string;
  readonly liveness: NodeLiveness;
  /** Undefined when it has said nothing since our own start, at 0. */
  readonly heardMs: number | undefined;
  /** Its stream of desired state is open, as far as we can tell. */
  readonly isConnected: boolean;
}

/**
 * Whose liveness changes, and to what. A lost node never comes back by this: only by a complete report, since what was
 * known of its instances is old.
 *
 * When more than half of the nodes that were there fall silent together, or all of them, none is given up for a
 * minute: our own link or our own machine is the likelier cause, and re-placing everything at once would be a storm. As
 * long as nobody at all is heard of, none is ever given up: nobody could take over.
 */
export function judge(pulses: readonly Pulse[], nowMs: number): ReadonlyMap<string, NodeLiveness> {
  const present = pulses.filter(({ liveness }) => liveness !== "lost");
  const silent = new Set(present.filter((pulse) => isSilent(pulse, nowMs)));
  const isOurs = silent.size * 2 > present.length;
  const isAlone = silent.size === present.length;
  const changes = new Map<string, NodeLiveness>();
  for (const pulse of present) {
    const isHeld = isAlone || (isOurs && silenceOf(pulse, nowMs) < HOLD_MS);
    const next = isHeld && silent.has(pulse) ? pulse.liveness : livenessOf(pulse, nowMs);
    if (next !== pulse.liveness) changes.set(pulse.name, next);
  }
  return changes;
}

function livenessOf(pulse: Pulse, nowMs: number): NodeLiveness {
  const silentMs = silenceOf(pulse, nowMs);
  const limitMs = limitOf(pulse);
  if (silentMs < limitMs) return "alive";
  return silentMs < limitMs + GRACE_MS ? "suspected" : "lost";
}

const silenceOf = ({ heardMs = 0 }: Pulse, nowMs: number): number => nowMs - heardMs;

const isSilent = (pulse: Pulse, nowMs: number): boolean =>
  silenceOf(pulse, nowMs) >= limitOf(pulse);

function limitOf({ heardMs, isConnected }: Pulse): number {
  if (heardMs === undefined) return SUSPECT_AFTER_MS.unheard;
  return isConnected ? SUSPECT_AFTER_MS.open : SUSPECT_AFTER_MS.cut;
}
