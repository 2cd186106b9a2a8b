import { ConfigSubscriber, LastKnownGood, type SubscriberEvent } from "@bastide/config-stream";
import { InstanceSpec } from "@bastide/contracts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Instances } from "../instances/instances.ts";
import type { Journal } from "../journal/journal.ts";
import type { RemovedLog } from "./removed-log.ts";

export interface DesiredStateOptions {
  readonly controlPlane: ControlPlane;
  readonly lastKnownGood: LastKnownGood;
  readonly instances: Instances;
  readonly removed: RemovedLog;
  readonly journal: Journal;
  readonly onConnected: () => void;
}

const KEY = /^instance\/(.+)$/;
const idOf = (key: string): string | undefined => KEY.exec(key)?.[1];
const keyOf = (id: string): string => `instance/${id}`;

/** A value of a kind that a later control plane knows and we do not is left aside. */
function parseValue(key: string, value: unknown): InstanceSpec | undefined {
  const id = idOf(key);
  if (id === undefined) return undefined;
  const spec = InstanceSpec.parse(value);
  if (spec.id !== id) throw new Error(`${key} holds the specification of instance ${spec.id}`);
  return spec;
}

/** Follows what the orchestrator wants of this node, and goes on with the last known good when it is gone. */
export function followDesiredState(
  options: DesiredStateOptions,
): ConfigSubscriber<InstanceSpec | undefined> {
  const { controlPlane, instances, removed, lastKnownGood } = options;
  let isRestored = false;
  return new ConfigSubscriber<InstanceSpec | undefined>({
    open: (since, signal) => controlPlane.desired(since, signal),
    acknowledge: (version, unmentioned, signal) => {
      const strangers = new Set([...unmentioned, ...instances.held.map(keyOf)]);
      return controlPlane.acknowledge(version, [...strangers], signal);
    },
    parse: parseValue,
    async apply(state, changed) {
      const specs = new Map(
        Array.from(state.values(), (spec) => spec && ([spec.id, spec] as const)).filter(
          (entry) => entry !== undefined,
        ),
      );
      // What is first applied is what was saved: nothing else on this disk can name a removed instance.
      if (!isRestored) await removed.keepOnly(new Set([...specs.keys(), ...ids(instances)]));
      isRestored = true;
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
