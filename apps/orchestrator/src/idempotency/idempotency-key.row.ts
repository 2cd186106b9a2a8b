import { Column, Entity, PrimaryColumn } from "typeorm";

/** `status` is null while the request is being answered. */
@Entity("idempotency_keys")
export class IdempotencyKeyRow {
  @PrimaryColumn({ type: "text" })
  key!: string;

  @PrimaryColumn({ type: "text" })
  subject!: string;

  @Column({ type: "text", name: "request_hash" })
  requestHash!: string;

  @Column({ type: "integer", nullable: true })
  status!: number | null;

  @Column({ type: "jsonb", nullable: true })
  body!: unknown;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
