import { type LeaseRecord, LeaseStoreUnavailable } from "@bastide/ha";
import { z } from "zod";
import type { KeyValue } from "./answers.ts";

/**
 * A lease is two keys. Its epoch stays for ever; its holder ends with an etcd lease. Both are put by one transaction,
 * so a holder's epoch is always the one on record. Epochs are counters of our own: revisions of etcd begin anew when
 * it is rebuilt.
 */
export class LeaseKeys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  epoch(name: string): string {
    return `${this.#prefix}epochs/${name}`;
  }

  holder(name: string): string {
    return `${this.#prefix}holders/${name}`;
  }

  value(key: string): string {
    return `${this.#prefix}values/${key}`;
  }
}

/** Both keys of a lease as they were at one moment. */
export interface SeenLease {
  readonly record: LeaseRecord | undefined;
  readonly epochRevision: string;
  readonly holderRevision: string;
}

/** What etcd's comparisons take for a key that is not there. */
export const NO_REVISION = "0";

const epochText = z
  .string()
  .regex(/^[1-9]\d*$/)
  .transform(Number)
  .pipe(z.int());
const holderText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "is no JSON" });
      return z.NEVER;
    }
  })
  .pipe(z.object({ epoch: z.int().positive(), holder: z.string().min(1) }));

export const encodeHolder = (epoch: number, holder: string): string =>
  JSON.stringify({ epoch, holder });

/** Throws LeaseStoreUnavailable when somebody else wrote there. */
export function seenLease(
  name: string,
  epochKey: KeyValue | undefined,
  holderKey: KeyValue | undefined,
): SeenLease {
  return {
    record: leaseRecord(name, epochKey, holderKey),
    epochRevision: epochKey?.revision ?? NO_REVISION,
    holderRevision: holderKey?.revision ?? NO_REVISION,
  };
}

function leaseRecord(
  name: string,
  epochKey: KeyValue | undefined,
  holderKey: KeyValue | undefined,
): LeaseRecord | undefined {
  const epoch = epochKey && decoded(name, epochText, epochKey);
  const held = holderKey && decoded(name, holderText, holderKey);
  if (held !== undefined && held.epoch !== epoch) throw foreign(name);
  if (epoch === undefined) return undefined;
  return held === undefined ? { name, epoch } : { name, epoch, holder: held.holder };
}

function decoded<T>(name: string, schema: z.ZodType<T>, { value }: KeyValue): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw foreign(name);
}

const foreign = (name: string): LeaseStoreUnavailable =>
  new LeaseStoreUnavailable(
    `the keys of lease ${name} hold what this store never writes. To do: see who else writes under its prefix; ` +
      "then delete both keys, as of a store that was rebuilt.",
  );
