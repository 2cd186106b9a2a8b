import { Column, Entity, PrimaryColumn } from "typeorm";

/** What an organisation may use in all. */
@Entity("placement_quotas")
export class PlacementQuotaRow {
  @PrimaryColumn({ type: "uuid", name: "organisation_id" })
  organisationId!: string;

  /** `Quota` of the contract, parsed when it is read. */
  @Column({ type: "jsonb" })
  quota!: unknown;

  @Column({ type: "timestamptz", name: "updated_at" })
  updatedAt!: Date;
}
