import type { BuildPlan, ProcessSpec } from "@bastide/contracts";
import type { FrozenVariables } from "../variables/variable-freezer.ts";
import { Column, Entity, PrimaryColumn } from "typeorm";

/** Immutable: an artefact, its processes, and the variables as they were (secrets still sealed). */
@Entity("releases")
export class ReleaseRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "app_id" })
  appId!: string;

  @Column({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  /** Counts up per app and environment. */
  @Column({ type: "integer" })
  version!: number;

  @Column({ type: "text" })
  artefact!: string;

  @Column({ type: "bigint", name: "artefact_size_bytes" })
  artefactSizeBytes!: string;

  @Column({ type: "text", nullable: true })
  sbom!: string | null;

  @Column({ type: "bigint", name: "config_version" })
  configVersion!: string;

  @Column({ type: "jsonb" })
  variables!: FrozenVariables;

  @Column({ type: "jsonb" })
  processes!: Readonly<Record<string, ProcessSpec>>;

  @Column({ type: "jsonb" })
  plan!: BuildPlan;

  @Column({ type: "boolean", nullable: true })
  reproducible!: boolean | null;

  @Column({ type: "text", nullable: true })
  description!: string | null;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
