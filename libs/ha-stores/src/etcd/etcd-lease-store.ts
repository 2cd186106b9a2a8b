import {
  type Acquisition,
  type FencedWrite,
  type LeaseGrant,
  type LeaseRecord,
  type LeaseRequest,
  LeaseStore,
  type Renewal,
} from "@bastide/ha";
import { checkName, checkRequest, checkValue, nextEpoch } from "../lease-arguments.ts";
import { followRecord } from "../watching/follow-record.ts";
import type { KeyValue } from "./answers.ts";
import { EtcdClient } from "./etcd-client.ts";
import { type EtcdOptions, type EtcdSettings, etcdSettings } from "./etcd-options.ts";
import { encodeHolder, LeaseKeys, NO_REVISION, seenLease, type SeenLease } from "./lease-keys.ts";
import type { Compare, Operation } from "./messages.ts";

/**
 * Leases in etcd, through its v3 JSON gateway. Each write is one transaction that compares the revision of what it
 * was decided on. A renewal binds the holder's key to a new etcd lease by way of Raft and keeps none alive: a member
 * that was the leader and does not know yet that it is not answers a keep-alive all the same (etcd before 3.4.42 and
 * 3.5.28 asks nobody), and a holder that believed it would outlive its lease.
 *
 * etcd counts whole seconds, and at least 1.5 election timeouts (2 s as Debian has it): a lease ends there no sooner
 * than its `ttlMs` after the last renewal, and may end later: rounded up, or after a change of etcd's leader, which
 * begins the time of every lease anew.
 */
export class EtcdLeaseStore extends LeaseStore implements Disposable {
  readonly #settings: EtcdSettings;
  readonly #client: EtcdClient;
  readonly #keys: LeaseKeys;

  /** Throws RangeError for endpoints that are none. Nothing is connected before the first question. */
  constructor(options: EtcdOptions) {
    super();
    this.#settings = etcdSettings(options);
    this.#client = new EtcdClient(this.#settings);
    this.#keys = new LeaseKeys(this.#settings.prefix);
  }

  /** Closes the connections. Leases that are held stay so until they end. */
  [Symbol.dispose](): void {
    this.#client.close();
  }

  override async tryAcquire(request: LeaseRequest, signal: AbortSignal): Promise<Acquisition> {
    checkRequest(request);
    const { name, holder, ttlMs, aboveEpoch } = request;
    // Each round that fails is one in which somebody else's step succeeded.
    for (;;) {
      const seen = await this.#see(name, signal);
      const { record } = seen;
      if (record?.holder !== undefined && record.holder !== holder) return { kind: "held", record };
      const epoch = nextEpoch(record?.epoch ?? 0, aboveEpoch);
      const leaseId = await this.#grantLease(ttlMs, signal);
      const isDone = await this.#write(this.#unchanged(name, seen), signal, [
        { kind: "put", key: this.#keys.epoch(name), value: String(epoch) },
        this.#putHolder({ name, holder, epoch }, leaseId),
      ]);
      if (isDone) return { kind: "granted", grant: { name, holder, epoch, ttlMs } };
    }
  }

  override async renew(grant: LeaseGrant, signal: AbortSignal): Promise<Renewal> {
    checkRequest({ ...grant, aboveEpoch: grant.epoch });
    for (;;) {
      const seen = await this.#see(grant.name, signal);
      if (!isPresent(grant, seen.record)) return { kind: "lost" };
      // After what was seen, and bound only while that is unchanged: a renewal that was held up on its way cannot
      // put an etcd lease that ends sooner in place of one that a later renewal promised.
      const leaseId = await this.#grantLease(grant.ttlMs, signal);
      const put = this.#putHolder(grant, leaseId);
      if (await this.#write(this.#unchanged(grant.name, seen), signal, [put]))
        return { kind: "renewed" };
    }
  }

  override async release({ name, epoch, holder }: LeaseGrant, signal: AbortSignal): Promise<void> {
    checkName("the lease's name", name);
    signal.throwIfAborted();
    const key = this.#keys.holder(name);
    const value = encodeHolder(epoch, holder);
    await this.#write([{ kind: "value", key, value }], signal, [{ kind: "delete", key }]);
  }

  override async read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    checkName("the lease's name", name);
    const { record } = await this.#see(name, signal);
    return record;
  }

  /** Its first look throws LeaseStoreUnavailable; once begun it outlasts etcd's absence. */
  override watch(
    name: string,
    signal: AbortSignal,
  ): AsyncGenerator<LeaseRecord | undefined, void, undefined> {
    checkName("the lease's name", name);
    const source = {
      look: async (until: AbortSignal) => ({ record: await this.read(name, until) }),
      listen: (ring: () => void, until: AbortSignal) => this.#listen(name, ring, until),
    };
    return followRecord(source, this.#settings.rereadMs, signal);
  }

  override async writeFenced(
    grant: LeaseGrant,
    key: string,
    value: string,
    signal: AbortSignal,
  ): Promise<FencedWrite> {
    checkRequest({ ...grant, aboveEpoch: grant.epoch });
    checkName("the key", key);
    checkValue(value);
    const { name, epoch, holder } = grant;
    const valueKey = this.#keys.value(key);
    const held = encodeHolder(epoch, holder);
    for (;;) {
      const { lease, others } = await this.#seeWith(name, [valueKey], signal);
      if (!isPresent(grant, lease.record))
        return { kind: "fenced", record: lease.record ?? { name, epoch: 0 } };
      const answer = await this.#client.transact(
        {
          compare: [
            { kind: "value", key: this.#keys.holder(name), value: held },
            // One that was held up on its way and reported as unavailable overwrites nothing later.
            { kind: "revision", key: valueKey, revision: others[0]?.revision ?? NO_REVISION },
          ],
          success: [{ kind: "put", key: valueKey, value }],
          failure: [],
        },
        signal,
        { isRepeatable: false },
      );
      if (answer.succeeded) return { kind: "written" };
    }
  }

  override async readValue(key: string, signal: AbortSignal): Promise<string | undefined> {
    checkName("the key", key);
    const [value] = await this.#get([this.#keys.value(key)], signal);
    return value?.value;
  }

  async #see(name: string, signal: AbortSignal): Promise<SeenLease> {
    const { lease } = await this.#seeWith(name, [], signal);
    return lease;
  }

  /** A lease and other keys at one moment, as a majority of the members has them. */
  async #seeWith(
    name: string,
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly lease: SeenLease; readonly others: readonly (KeyValue | undefined)[] }> {
    const own = [this.#keys.epoch(name), this.#keys.holder(name)];
    const [epoch, holder, ...others] = await this.#get([...own, ...keys], signal);
    return { lease: seenLease(name, epoch, holder), others };
  }

  async #get(
    keys: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (KeyValue | undefined)[]> {
    signal.throwIfAborted();
    const success = keys.map((key): Operation => ({ kind: "get", key }));
    const transaction = { compare: [], success, failure: [] };
    const { values } = await this.#client.transact(transaction, signal, { isRepeatable: true });
    return values;
  }

  async #write(
    compare: readonly Compare[],
    signal: AbortSignal,
    success: readonly Operation[],
  ): Promise<boolean> {
    const transaction = { compare, success, failure: [] };
    // Done twice, the second time finds another revision, or no holder any more, and does nothing.
    const answer = await this.#client.transact(transaction, signal, { isRepeatable: true });
    return answer.succeeded;
  }

  #unchanged(name: string, { epochRevision, holderRevision }: SeenLease): readonly Compare[] {
    return [
      { kind: "revision", key: this.#keys.epoch(name), revision: epochRevision },
      { kind: "revision", key: this.#keys.holder(name), revision: holderRevision },
    ];
  }

  #putHolder(
    { name, holder, epoch }: Pick<LeaseGrant, "name" | "holder" | "epoch">,
    leaseId: string,
  ): Operation {
    const value = encodeHolder(epoch, holder);
    return { kind: "put", key: this.#keys.holder(name), value, leaseId };
  }

  #grantLease(ttlMs: number, signal: AbortSignal): Promise<string> {
    return this.#client.grantLease(Math.ceil(ttlMs / 1000), signal);
  }

  async #listen(name: string, ring: () => void, signal: AbortSignal): Promise<void> {
    let last: string | undefined;
    for await (const { isCreated, events } of this.#client.watch(this.#keys.holder(name), signal)) {
      // A renewal puts the same value again.
      const isNews = events.some((event) => event.kind === "delete" || event.value !== last);
      const latest = events.at(-1);
      if (latest !== undefined) last = latest.kind === "put" ? latest.value : undefined;
      if (isCreated || isNews) ring();
    }
  }
}

const isPresent = (grant: LeaseGrant, record: LeaseRecord | undefined): boolean =>
  record?.epoch === grant.epoch && record.holder === grant.holder;
