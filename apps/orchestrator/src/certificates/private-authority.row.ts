import { Column, Entity, PrimaryColumn } from "typeorm";

/** The platform's own authority for one base domain; its private key is sealed to that domain. */
@Entity("private_authorities")
export class PrivateAuthorityRow {
  @PrimaryColumn({ type: "text" })
  domain!: string;

  /** PEM. */
  @Column({ type: "text" })
  certificate!: string;

  @Column({ type: "text", name: "key_id" })
  keyId!: string;

  @Column({ type: "bytea" })
  sealed!: Buffer;

  @Column({ type: "timestamptz", name: "not_after" })
  notAfter!: Date;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
