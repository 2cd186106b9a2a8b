import { Column, Entity, PrimaryColumn } from "typeorm";

/** The settings that were given to one path of an app in an environment. */
@Entity("route_settings")
export class RouteSettingsRow {
  @PrimaryColumn({ type: "uuid", name: "app_id" })
  appId!: string;

  @PrimaryColumn({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  @PrimaryColumn({ type: "text" })
  path!: string;

  /** `RouteSettings` of the contract, parsed when it is read: what cannot be understood is never published. */
  @Column({ type: "jsonb" })
  settings!: unknown;

  @Column({ type: "timestamptz", name: "updated_at" })
  updatedAt!: Date;
}
