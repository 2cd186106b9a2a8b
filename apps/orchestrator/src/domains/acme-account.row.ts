import { Column, Entity, PrimaryColumn } from "typeorm";

/** The platform's account with a public authority; its key is sealed to the authority's directory. */
@Entity("acme_accounts")
export class AcmeAccountRow {
  @PrimaryColumn({ type: "text" })
  directory!: string;

  /** How the authority names the account. */
  @Column({ type: "text" })
  url!: string;

  @Column({ type: "text", name: "key_id" })
  keyId!: string;

  @Column({ type: "bytea" })
  sealed!: Buffer;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
