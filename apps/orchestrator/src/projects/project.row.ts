import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from "typeorm";
import { OrganisationRow } from "../organisations/organisation.row.ts";

@Entity("projects")
export class ProjectRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "organisation_id" })
  organisationId!: string;

  @ManyToOne(() => OrganisationRow)
  @JoinColumn({ name: "organisation_id" })
  organisation?: Relation<OrganisationRow>;

  @Column({ type: "text" })
  name!: string;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
