import { Column, Entity, PrimaryColumn } from "typeorm";

/** An uploaded source belongs to the app that it was uploaded for; another app cannot deploy it by its digest. */
@Entity("sources")
export class SourceRow {
  @PrimaryColumn({ type: "text" })
  digest!: string;

  @PrimaryColumn({ type: "uuid", name: "app_id" })
  appId!: string;

  @Column({ type: "bigint", name: "size_bytes" })
  sizeBytes!: string;

  @Column({ type: "integer" })
  files!: number;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
