import { Column, Entity, PrimaryColumn } from "typeorm";

/** One block of a token that is not valid any more. */
@Entity("revocations")
export class RevocationRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  /** Hexadecimal, in lower case. */
  @Column({ type: "text", name: "revocation_id" })
  revocationId!: string;

  /** When every token that has the block has expired; null where that is not known. */
  @Column({ type: "timestamptz", name: "expires_at", nullable: true })
  expiresAt!: Date | null;

  @Column({ type: "text", name: "created_by" })
  createdBy!: string;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
