import { Column, Entity, PrimaryColumn } from "typeorm";

/** A tenant's own host name, and how far its certificate is. */
@Entity("domains")
export class DomainRow {
  @PrimaryColumn({ type: "text" })
  domain!: string;

  @Column({ type: "uuid", name: "app_id" })
  appId!: string;

  @Column({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  @Column({ type: "text" })
  state!: "issued" | "waiting" | "pending" | "failed";

  @Column({ type: "text", nullable: true })
  reason!: string | null;

  /** Failures since the last success. */
  @Column({ type: "integer" })
  attempts!: number;

  @Column({ type: "timestamptz", name: "next_attempt_at" })
  nextAttemptAt!: Date;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
