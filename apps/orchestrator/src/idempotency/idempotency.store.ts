import { Injectable, type OnApplicationShutdown, type OnModuleInit } from "@nestjs/common";
import { DataSource, IsNull, LessThan } from "typeorm";
import { IdempotencyKeyRow } from "./idempotency-key.row.ts";

/** How long an answer is kept for the same key. */
export const KEPT_MS = 24 * 60 * 60 * 1000;
const PRUNE_EVERY_MS = 60 * 60 * 1000;

export interface KeyedRequest {
  readonly key: string;
  readonly subject: string;
  /** Of everything that makes it the same request. */
  readonly requestHash: string;
}

export type Beginning =
  | { readonly kind: "begun" }
  | { readonly kind: "under-way" }
  | { readonly kind: "mismatch" }
  | { readonly kind: "answered"; readonly status: number; readonly body: unknown };

/** Remembers answers by the caller's key. Only success is remembered: what failed had no effect and may be tried again. */
@Injectable()
export class IdempotencyStore implements OnModuleInit, OnApplicationShutdown {
  readonly #source: DataSource;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: DataSource) {
    this.#source = source;
  }

  /** What an earlier life of this process left unanswered will never be answered: its key is free again. */
  async onModuleInit(): Promise<void> {
    await this.#source.manager.delete(IdempotencyKeyRow, { status: IsNull() });
    // An hour without pruning does no harm: a failure waits for the next time.
    const prune = () => void this.prune(new Date()).catch(() => undefined);
    this.#timer = setInterval(prune, PRUNE_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  /** Takes the key, or says what became of the request that took it before. */
  async begin(request: KeyedRequest): Promise<Beginning> {
    const { raw } = await this.#source
      .createQueryBuilder()
      .insert()
      .into(IdempotencyKeyRow)
      .values({ ...request, createdAt: new Date() })
      .orIgnore()
      .returning("key")
      .execute();
    if (Array.isArray(raw) && raw.length > 0) return { kind: "begun" };
    const { key, subject } = request;
    const row = await this.#source.manager.findOneBy(IdempotencyKeyRow, { key, subject });
    // Given up or pruned in this very moment: the caller's next attempt will take it.
    if (row === null || row.status === null) return { kind: "under-way" };
    if (row.requestHash !== request.requestHash) return { kind: "mismatch" };
    return { kind: "answered", status: row.status, body: row.body };
  }

  async finish({ key, subject }: KeyedRequest, status: number, body: unknown): Promise<void> {
    await this.#source.query(
      "update idempotency_keys set status = $3, body = $4::jsonb where key = $1 and subject = $2",
      [key, subject, status, JSON.stringify(body ?? null)],
    );
  }

  async abandon({ key, subject }: KeyedRequest): Promise<void> {
    await this.#source.manager.delete(IdempotencyKeyRow, { key, subject });
  }

  async prune(now: Date): Promise<void> {
    const before = new Date(now.getTime() - KEPT_MS);
    await this.#source.manager.delete(IdempotencyKeyRow, { createdAt: LessThan(before) });
  }
}
