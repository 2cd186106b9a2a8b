import {
  type Acquisition,
  type FencedWrite,
  type LeaseGrant,
  type LeaseRecord,
  type LeaseRequest,
  LeaseStore,
  type Renewal,
} from "@bastide/ha";
import type { Pool } from "pg";
import { z } from "zod";
import { checkName, checkRequest, checkValue, nextEpoch } from "../lease-arguments.ts";
import { followRecord, type Look } from "../watching/follow-record.ts";
import { Notifications } from "./notifications.ts";
import { ensureStatement, storeSchema, type StoreSchema } from "./schema.ts";
import { Sessions } from "./sessions.ts";
import { statements, type Statements } from "./statements.ts";

export interface PostgresLeaseStoreOptions {
  /** Of the store's own tables. Default `bastide_leases`. */
  readonly schema?: string;
  /** How long a statement may take, a wait for a connection included. Default 2,000. */
  readonly timeoutMs?: number;
  /** How often a watch looks for itself, whatever it was told. Default 1,000. */
  readonly rereadMs?: number;
}

// `pg` gives a bigint as text.
const epochColumn = z
  .string()
  .regex(/^[1-9]\d*$/)
  .transform(Number)
  .pipe(z.int());
const epochRow = z.object({ epoch: epochColumn });
const leaseRow = z.object({
  epoch: epochColumn,
  holder: z.string().nullable(),
  ends_in_ms: z.number().nullable(),
});
const valueRow = z.object({ value: z.string() });
const noRow = z.object({});

/**
 * Leases in PostgreSQL (15 or later), for one machine: whoever loses the database loses the leases with it, and the
 * database's own primary cannot be elected by it. Time is the server's: where that clock is set forward, leases end
 * early, and what they protect is protected by its epoch alone.
 */
export class PostgresLeaseStore extends LeaseStore {
  readonly #schema: StoreSchema;
  readonly #sql: Statements;
  readonly #sessions: Sessions;
  readonly #notifications: Notifications;
  readonly #rereadMs: number;

  /**
   * `pool` is used by this store alone, which changes settings of its sessions; whoever made it ends it. Watches take
   * one of its connections together. Throws RangeError for a pool of one, and for a schema's name with signs in it.
   */
  constructor(pool: Pool, options: PostgresLeaseStoreOptions = {}) {
    super();
    if (pool.options.max < 2)
      throw new RangeError(
        `a pool of ${pool.options.max} is too small for a lease store: a watch keeps one connection, so allow 2 or more`,
      );
    const { schema = "bastide_leases", timeoutMs = 2000, rereadMs = 1000 } = options;
    this.#schema = storeSchema(schema);
    this.#sql = statements(this.#schema);
    this.#sessions = new Sessions(pool, timeoutMs);
    this.#notifications = new Notifications(this.#sessions, this.#schema.name);
    this.#rereadMs = rereadMs;
  }

  /** Makes the schema and its tables where they are missing; any number may do so at once. */
  async ensure(signal: AbortSignal): Promise<void> {
    await this.#sessions.query(noRow, ensureStatement(this.#schema), [], signal);
  }

  override async tryAcquire(request: LeaseRequest, signal: AbortSignal): Promise<Acquisition> {
    checkRequest(request);
    nextEpoch(0, request.aboveEpoch);
    const { name, holder, ttlMs, aboveEpoch } = request;
    const values = [name, holder, ttlMs, aboveEpoch];
    for (;;) {
      const [granted] = await this.#sessions.query(epochRow, this.#sql.acquire, values, signal);
      if (granted !== undefined)
        return { kind: "granted", grant: { name, holder, epoch: granted.epoch, ttlMs } };
      const record = await this.read(name, signal);
      // Free by now: its holder gave it back, or time did, between the two statements.
      if (record?.holder !== undefined && record.holder !== holder) return { kind: "held", record };
    }
  }

  override async renew(grant: LeaseGrant, signal: AbortSignal): Promise<Renewal> {
    checkRequest({ ...grant, aboveEpoch: grant.epoch });
    const values = [grant.name, grant.epoch, grant.holder, grant.ttlMs];
    const rows = await this.#sessions.query(epochRow, this.#sql.renew, values, signal);
    return { kind: rows.length === 1 ? "renewed" : "lost" };
  }

  override async release({ name, epoch, holder }: LeaseGrant, signal: AbortSignal): Promise<void> {
    checkName("the lease's name", name);
    await this.#sessions.query(epochRow, this.#sql.release, [name, epoch, holder], signal);
  }

  override async read(name: string, signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { record } = await this.#look(name, signal);
    return record;
  }

  /** Its first look throws LeaseStoreUnavailable; once begun it outlasts the server's absence. */
  override watch(
    name: string,
    signal: AbortSignal,
  ): AsyncGenerator<LeaseRecord | undefined, void, undefined> {
    checkName("the lease's name", name);
    const source = {
      look: (until: AbortSignal) => this.#look(name, until),
      listen: (ring: () => void, until: AbortSignal) =>
        this.#notifications.listen(name, ring, until),
    };
    return followRecord(source, this.#rereadMs, signal);
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
    const values = [name, epoch, holder, key, value];
    const rows = await this.#sessions.query(epochRow, this.#sql.writeFenced, values, signal);
    if (rows.length === 1) return { kind: "written" };
    const record = await this.read(name, signal);
    return { kind: "fenced", record: record ?? { name, epoch: 0 } };
  }

  override async readValue(key: string, signal: AbortSignal): Promise<string | undefined> {
    checkName("the key", key);
    const [row] = await this.#sessions.query(valueRow, this.#sql.readValue, [key], signal);
    return row?.value;
  }

  async #look(name: string, signal: AbortSignal): Promise<Look> {
    checkName("the lease's name", name);
    const [row] = await this.#sessions.query(leaseRow, this.#sql.read, [name], signal);
    if (row === undefined) return { record: undefined };
    const { epoch, holder, ends_in_ms: endsInMs } = row;
    if (holder === null || endsInMs === null || endsInMs <= 0) return { record: { name, epoch } };
    return { record: { name, epoch, holder }, endsInMs };
  }
}
