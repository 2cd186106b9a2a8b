import { LeaseStoreUnavailable } from "@bastide/ha";
import { DatabaseError, type Pool, type PoolClient } from "pg";
import { z } from "zod";
import { beforeAbort } from "./before-abort.ts";

const FIXES: Readonly<Record<string, string>> = {
  "42P01": "call `ensure` of the store once before it is used",
  "3F000": "call `ensure` of the store once before it is used",
  "42501": "grant the role usage of the schema, and select, insert and update on its tables",
  "25006": "connect to the primary: this is a standby, or its transactions are read-only",
  "57014": "see what holds the lease's row or keeps the server busy (pg_stat_activity)",
};
const FIX_REACH = "see that PostgreSQL runs and takes connections from here (pg_isready)";

const session = z.object({ is_standby: z.boolean() });

/**
 * What the store relies on, once per connection. An epoch that was granted must outlive a crash of the server; each
 * statement sees what was committed before it; and none that waits for a row outlives the call by long.
 */
const PREPARE = `select pg_is_in_recovery() as is_standby,
  set_config('statement_timeout', $1, false),
  set_config('default_transaction_isolation', 'read committed', false),
  case when current_setting('synchronous_commit') = 'off'
    then set_config('synchronous_commit', 'on', false) end`;

/** One statement at a time on connections of a pool that is the store's alone, each with a deadline. */
export class Sessions {
  readonly #pool: Pool;
  readonly timeoutMs: number;
  readonly #prepared = new WeakSet<PoolClient>();

  constructor(pool: Pool, timeoutMs: number) {
    this.#pool = pool;
    this.timeoutMs = timeoutMs;
    // A server that goes away ends idle connections, which must not end this process.
    pool.on("error", ignore);
  }

  /** The rows of one statement. Throws LeaseStoreUnavailable; a statement that was sent may then have been done. */
  async query<T>(
    row: z.ZodType<T>,
    statement: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    signal.throwIfAborted();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.timeoutMs)]);
    try {
      const { rows } = await this.#run(statement, values, deadline);
      return z.array(row).parse(rows);
    } catch (error) {
      signal.throwIfAborted();
      throw unavailable(error);
    }
  }

  /** A connection for as long as the caller likes. Whoever gets it releases it. */
  async connect(signal: AbortSignal): Promise<PoolClient> {
    const connecting = this.#pool.connect();
    try {
      return await beforeAbort(connecting, signal);
    } catch (error) {
      // It may still come about, and then nobody waits for it.
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
      throw error;
    }
  }

  async #run(
    statement: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<{ readonly rows: readonly unknown[] }> {
    const client = await this.connect(signal);
    client.on("error", ignore);
    let isBroken = true;
    try {
      await beforeAbort(this.#prepare(client), signal);
      const result = await beforeAbort(client.query(statement, [...values]), signal);
      isBroken = false;
      return result;
    } catch (error) {
      // Any other connection may have an answer under way that belongs to this call.
      isBroken = !(error instanceof DatabaseError) || signal.aborted;
      throw error;
    } finally {
      client.off("error", ignore);
      client.release(isBroken);
    }
  }

  async #prepare(client: PoolClient): Promise<void> {
    if (this.#prepared.has(client)) return;
    const { rows } = await client.query(PREPARE, [String(this.timeoutMs)]);
    if (session.parse(rows[0]).is_standby) throw new StandbyError();
    this.#prepared.add(client);
  }
}

/** What broke a connection is told by the statement that was under way. */
function ignore(): void {}

/** A standby answers reads with what was true some time ago. */
class StandbyError extends Error {
  override readonly name = "StandbyError";
  override readonly message = "this server is a standby";
}

function unavailable(error: unknown): LeaseStoreUnavailable {
  const code = error instanceof DatabaseError ? (error.code ?? "") : "";
  const standby = error instanceof StandbyError ? FIXES["25006"] : undefined;
  const fix = standby ?? FIXES[code] ?? FIX_REACH;
  const text = error instanceof Error ? error.message : String(error);
  return new LeaseStoreUnavailable(
    `PostgreSQL gave the lease store no answer that counts: ${text}. To do: ${fix}.`,
    { cause: error },
  );
}
