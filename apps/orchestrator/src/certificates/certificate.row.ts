import { Column, Entity, PrimaryColumn } from "typeorm";
import type { CertificateSource } from "@bastide/contracts";

/** A certificate in use; its private key is sealed to its name. */
@Entity("certificates")
export class CertificateRow {
  @PrimaryColumn({ type: "text" })
  name!: string;

  @Column({ type: "text" })
  source!: CertificateSource;

  @Column({ type: "text", array: true })
  hosts!: string[];

  /** PEM. */
  @Column({ type: "text" })
  chain!: string;

  @Column({ type: "text", name: "key_id" })
  keyId!: string;

  @Column({ type: "bytea" })
  sealed!: Buffer;

  @Column({ type: "timestamptz", name: "not_before" })
  notBefore!: Date;

  @Column({ type: "timestamptz", name: "not_after" })
  notAfter!: Date;

  @Column({ type: "timestamptz", name: "renew_at" })
  renewAt!: Date;

  @Column({ type: "timestamptz", name: "updated_at" })
  updatedAt!: Date;
}
