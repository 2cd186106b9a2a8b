import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity("organisations")
export class OrganisationRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "text" })
  name!: string;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
