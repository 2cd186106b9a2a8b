import {
  type Page,
  type PageQuery,
  type Revocation,
  revocationKey,
  type RevocationMade,
  type RevocationRecord,
  type StreamChange,
  type StreamVersion,
  uuidv7,
} from "@bastide/contracts";
import { JsonLogger } from "@bastide/service-kit";
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from "@nestjs/common";
import { DataSource, LessThan } from "typeorm";
import { RevokedTokens } from "../authorization/revoked-tokens.ts";
import { GatewayTable } from "../gateways/gateway-table.ts";
import { pageOfRows } from "../persistence/page.ts";
import { RevocationRow } from "./revocation.row.ts";

/** How long a caller waits for the gateways; the revocation is recorded and reaches them in any case. */
const WAIT_MS = 3_000;
const FORGET_EVERY_MS = 60_000;
/** After its tokens have expired by our clock they may still be good by another one. */
const CLOCKS_DIFFER_MS = 60_000;

/** One that is known already lasts as long as the longer of the two; without an expiry, for ever. */
const RECORD = `
  insert into revocations (id, revocation_id, expires_at, created_by) values ($1, $2, $3, $4)
  on conflict (revocation_id) do update set expires_at =
    case when revocations.expires_at is null or excluded.expires_at is null then null
    else greatest(revocations.expires_at, excluded.expires_at) end`;

/** Takes tokens back: recorded first, then at our own guard, then at every gateway. */
@Injectable()
export class RevocationsService implements OnModuleInit, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly gateways: GatewayTable,
    private readonly revoked: RevokedTokens,
    private readonly logger: JsonLogger,
  ) {}

  /** Before any request is taken and before any gateway may subscribe. */
  async onModuleInit(): Promise<void> {
    const rows = await this.database.getRepository(RevocationRow).find();
    for (const { revocationId } of rows) this.revoked.store.revoke(revocationId);
    this.gateways.source.apply(rows.map(changeOf));
    this.#timer = setInterval(() => void this.#forgetInTime(), FORGET_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Resolves when every gateway acts by it, or that takes too long. */
  async revoke(
    { id, expiresAt }: Revocation,
    createdBy: string,
    signal: AbortSignal,
  ): Promise<RevocationMade> {
    await this.database.query(RECORD, [uuidv7(), id, expiresAt ?? null, createdBy]);
    const rows = this.database.getRepository(RevocationRow);
    const row = await rows.findOneByOrFail({ revocationId: id });
    this.revoked.store.revoke(id);
    const version = this.gateways.source.apply([changeOf(row)]);
    return { ...recordOf(row), inForce: await this.#isInForce(version, signal) };
  }

  list(page: PageQuery): Promise<Page<RevocationRecord>> {
    const query = this.database.getRepository(RevocationRow).createQueryBuilder("revocation");
    return pageOfRows(query, page, recordOf);
  }

  /** Forgets those whose tokens have all expired. Answers how many. */
  async forget(now: Date): Promise<number> {
    const rows = this.database.getRepository(RevocationRow);
    const past = new Date(now.getTime() - CLOCKS_DIFFER_MS);
    const over = await rows.findBy({ expiresAt: LessThan(past) });
    if (over.length === 0) return 0;
    const ids = over.map(({ revocationId }) => revocationId);
    await rows.remove(over);
    for (const id of ids) this.revoked.store.restore(id);
    this.gateways.source.apply(ids.map((id) => ({ key: keyOf(id), tombstone: true })));
    return ids.length;
  }

  async #forgetInTime(): Promise<void> {
    try {
      await this.forget(new Date());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.logger.warn("expired revocations could not be removed; it is tried again", { reason });
    }
  }

  async #isInForce(version: StreamVersion, signal: AbortSignal): Promise<boolean> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
    try {
      await this.gateways.source.waitForAcknowledgement(version, within);
      return true;
    } catch {
      return false;
    }
  }
}

const keyOf = (id: string): string => revocationKey({ id });

const changeOf = ({ revocationId: id, expiresAt }: RevocationRow): StreamChange => ({
  key: keyOf(id),
  value: { id, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) },
});

const recordOf = (row: RevocationRow): RevocationRecord => ({
  id: row.revocationId,
  ...(row.expiresAt && { expiresAt: row.expiresAt.toISOString() }),
  createdAt: row.createdAt.toISOString(),
  createdBy: row.createdBy,
});
