import { Column, Entity, PrimaryColumn } from "typeorm";

/** A token to join by. Of the token itself only the SHA-256 is kept. */
@Entity("node_join_tokens")
export class JoinTokenRow {
  @PrimaryColumn({ type: "text" })
  digest!: string;

  /** The one name that it is for; null: any that is free. */
  @Column({ type: "text", nullable: true })
  node!: string | null;

  @Column({ type: "text", name: "created_by" })
  createdBy!: string;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;

  @Column({ type: "timestamptz", name: "expires_at" })
  expiresAt!: Date;

  @Column({ type: "timestamptz", name: "used_at", nullable: true })
  usedAt!: Date | null;

  @Column({ type: "text", name: "used_by", nullable: true })
  usedBy!: string | null;
}
