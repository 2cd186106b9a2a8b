import { ConfigSubscriber, LastKnownGood, type SubscriberEvent } from "@bastide/config-stream";
import { HaGroup, InstanceSpec, OwnDoor } from "@bastide/contracts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Instances } from "../instances/instances.ts";
import type { Journal } from "../journal/journal.ts";
import type { RemovedLog } from "./removed-log.ts";

export interface DesiredStateOptions {
  readonly controlPlane: ControlPlane;
  readonly lastKnownGood: LastKnownGood;
  readonly instances: Instances;
  readonly removed: RemovedLog;
  /** What the node's guard is told; it never rejects, since instances do not wait for it. */
  readonly guard: { apply(group: HaGroup): Promise<void> };
  /** On the control plane's own machine: the door of this node, where other machines are. */
  readonly door: { apply(door: OwnDoor): void };
  readonly journal: Journal;
  readonly onConnected: () => void;
}

const KEY = /^instance\/(.+)$/;
const GROUP_KEY = "ha/group";
const DOOR_KEY = "node/door";
const idOf = (key: string): string | undefined => KEY.exec(key)?.[1];
const keyOf = (id: string): string => `instance/${id}`;

/** By its key which of them. What was parsed is saved, and parsed again when it is restored. */
type Value = InstanceSpec | HaGroup | OwnDoor | undefined;

const isInstance = (entry: readonly [string, Value]): entry is [string, InstanceSpec] =>
  entry[1] !== undefined && idOf(entry[0]) !== undefined;

/** A value of a kind that a later control plane knows and we do not is left aside. */
function parseValue(key: string, value: unknown): Value {
  if (key === GROUP_KEY) return HaGroup.parse(value);
  if (key === DOOR_KEY) return OwnDoor.parse(value);
  const id = idOf(key);
  if (id === undefined) return undefined;
  const spec = InstanceSpec.parse(value);
  if (spec.id !== id) throw new Error(`${key} holds the specification of instance ${spec.id}`);
  return spec;
}

/** Follows what the orchestrator wants of this node, and goes on with the last known good when it is gone. */
export function followDesiredState(options: DesiredStateOptions): ConfigSubscriber<Value> {
  const { controlPlane, instances, removed, lastKnownGood } = options;
  let isRestored = false;
  return new ConfigSubscriber<Value>({
    open: (since, signal) => controlPlane.desired(since, signal),
    acknowledge: (version, unmentioned, signal) => {
      const strangers = new Set([...unmentioned, ...instances.held.map(keyOf)]);
      return controlPlane.acknowledge(version, [...strangers], signal);
    },
    parse: parseValue,
    async apply(state, changed) {
      const specs = new Map(
        Array.from(state)
          .filter(isInstance)
          .map(([, spec]) => [spec.id, spec] as const),
      );
      // What is first applied is what was saved: nothing else on this disk can name a removed instance.
      if (!isRestored) await removed.keepOnly(new Set([...specs.keys(), ...ids(instances)]));
      isRestored = true;
      await applyOthers(options, state, changed);
      await instances.apply(
        specs,
        changed.flatMap((key) => idOf(key) ?? []),
      );
    },
    // An agent that runs nothing has nothing to lose.
    acceptHistory: () => instances.all.length === 0,
    lastKnownGood,
    onEvent: teller(options),
  });
}

/** What is no instance. */
async function applyOthers(
  { guard, door }: DesiredStateOptions,
  state: ReadonlyMap<string, Value>,
  changed: readonly string[],
): Promise<void> {
  const fresh = (key: string): Value => (changed.includes(key) ? state.get(key) : undefined);
  const [group, ownDoor] = [fresh(GROUP_KEY), fresh(DOOR_KEY)];
  if (group !== undefined) await guard.apply(HaGroup.parse(group));
  if (ownDoor !== undefined) door.apply(OwnDoor.parse(ownDoor));
}

const ids = (instances: Instances): string[] => instances.all.map(({ id }) => id);

/** Says each loss of the connection once, however often it is tried again. */
function teller({ journal, onConnected }: DesiredStateOptions): (event: SubscriberEvent) => void {
  let isGone = false;
  return (event) => {
    const { type, ...details } = event;
    switch (event.type) {
      case "connected":
        isGone = false;
        journal.info("connected to the orchestrator");
        return onConnected();
      case "applied":
        return;
      case "disconnected":
        if (!isGone) journal.warn("the orchestrator is gone; what runs is kept running", details);
        isGone = true;
        return;
      case "history-held":
        return journal.error(
          "the orchestrator has another history (a restored or new database); what runs is held until an operator confirms",
          details,
        );
      case "corrupt-file":
        return journal.error("the last known good state was broken and is set aside", details);
      case "rejected":
      case "save-failed":
        return journal.error(`desired state: ${type}`, details);
    }
  };
}
