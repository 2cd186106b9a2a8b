import { Column, Entity, PrimaryColumn } from "typeorm";

/** Plain configuration has `value`; a secret has `sealed` and the id of the key that seals it. */
@Entity("variables")
export class VariableRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "app_id" })
  appId!: string;

  @Column({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  @Column({ type: "text" })
  name!: string;

  @Column({ type: "boolean" })
  secret!: boolean;

  @Column({ type: "text", nullable: true })
  value!: string | null;

  @Column({ type: "bytea", nullable: true })
  sealed!: Buffer | null;

  @Column({ type: "text", name: "key_id", nullable: true })
  keyId!: string | null;

  @Column({ type: "timestamptz", name: "updated_at" })
  updatedAt!: Date;
}
