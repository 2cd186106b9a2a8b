import { Column, Entity, PrimaryColumn } from "typeorm";

/** Where the instances of an app in an environment may be. */
@Entity("placement_settings")
export class PlacementSettingsRow {
  @PrimaryColumn({ type: "uuid", name: "app_id" })
  appId!: string;

  @PrimaryColumn({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  /** `PlacementSettings` of the contract, parsed when it is read. */
  @Column({ type: "jsonb" })
  settings!: unknown;

  @Column({ type: "timestamptz", name: "updated_at" })
  updatedAt!: Date;
}
