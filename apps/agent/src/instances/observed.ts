import type { ObservedInstance } from "@bastide/contracts";
import { LOOPBACK } from "../numbers/free-port.ts";
import type { PromiseKeeper } from "../promises/promise-keeper.ts";
import type { Phase } from "./domain/phase.ts";
import type { Desired } from "./domain/plan.ts";
import type { InstanceRecord } from "./instance-record.ts";

export interface ObservedParts {
  readonly record: InstanceRecord;
  readonly desired: Desired;
  readonly phase: Phase;
  readonly promises: PromiseKeeper["report"];
  /** Why it can't be prepared or started now. */
  readonly trouble: string | undefined;
  readonly memoryBytes: number | undefined;
}

const HELD =
  "The desired state does not mention it; it was left as it is. Remove it through the orchestrator that knows it, or wait until that one is back.";

/** An instance as reports show it. */
export function observedInstance(parts: ObservedParts): ObservedInstance {
  const { record, phase, memoryBytes } = parts;
  const { run, lastExit, lastLogs } = record;
  const message = messageOf(parts);
  const pid = run?.handle?.pid;
  const promises = parts.promises.map((promise) => ({ ...promise }));
  return {
    id: record.id,
    phase,
    restarts: record.crashes.total,
    promises,
    ...addressOf(record),
    ...(pid === undefined ? {} : { pid }),
    ...(run ? { startedAt: new Date(run.startedAtMs).toISOString() } : {}),
    ...(lastExit ? { lastExit } : {}),
    ...(message === undefined ? {} : { message }),
    ...(lastLogs ? { lastLogs } : {}),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

const addressOf = ({ port, host = LOOPBACK }: InstanceRecord) =>
  port === undefined ? {} : { address: { host, port } };

function messageOf({ record, desired, phase, trouble, promises }: ObservedParts) {
  if (desired === "held") return HELD;
  const broken = promises
    .filter(({ kept }) => !kept)
    .map(({ name, message }) => `${name}: ${message}`);
  if (phase === "unready") return broken.join("; ");
  return record.failure ?? trouble ?? record.message;
}
