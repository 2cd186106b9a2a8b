import type { Formation } from "@bastide/contracts";
import { Column, Entity, PrimaryColumn } from "typeorm";

/** An app in an environment; made with the first deployment or the first variable. */
@Entity("targets")
export class TargetRow {
  @PrimaryColumn({ type: "uuid", name: "app_id" })
  appId!: string;

  @PrimaryColumn({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  @Column({ type: "uuid", name: "current_release_id", nullable: true })
  currentReleaseId!: string | null;

  /** The deployment that rolled the current release out. */
  @Column({ type: "uuid", nullable: true })
  generation!: string | null;

  /** Only what `scale` set; everything else is as the manifest says. */
  @Column({ type: "jsonb" })
  formation!: Formation;

  /** Counts up with every change of the variables. */
  @Column({ type: "bigint", name: "config_version" })
  configVersion!: string;
}
