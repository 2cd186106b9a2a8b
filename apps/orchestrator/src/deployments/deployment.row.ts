import type { BuildPlan, Deployment, DeploymentPhase, Formation } from "@bastide/contracts";
import { Column, Entity, PrimaryColumn } from "typeorm";

/** How requests move to the new release, as the caller asked for it. */
export interface StrategyColumn {
  readonly steps: readonly number[];
  readonly stepSeconds: number;
  readonly drainSeconds: number;
}

@Entity("deployments")
export class DeploymentRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "app_id" })
  appId!: string;

  @Column({ type: "uuid", name: "environment_id" })
  environmentId!: string;

  @Column({ type: "text" })
  kind!: Deployment["kind"];

  @Column({ type: "text" })
  phase!: DeploymentPhase;

  /** Digest of what is to be built; null for kinds without a build. */
  @Column({ type: "text", nullable: true })
  source!: string | null;

  @Column({ type: "boolean" })
  prebuilt!: boolean;

  @Column({ type: "boolean", name: "verify_reproducible" })
  verifyReproducible!: boolean;

  @Column({ type: "uuid", name: "release_id", nullable: true })
  releaseId!: string | null;

  /** For `scale`: the numbers asked for. */
  @Column({ type: "jsonb", nullable: true })
  formation!: Formation | null;

  @Column({ type: "jsonb" })
  strategy!: StrategyColumn;

  /** Index into the strategy's steps. */
  @Column({ type: "integer" })
  step!: number;

  @Column({ type: "timestamptz", name: "step_at", nullable: true })
  stepAt!: Date | null;

  @Column({ type: "timestamptz", name: "phase_at" })
  phaseAt!: Date;

  @Column({ type: "jsonb", name: "timings_ms" })
  timingsMs!: Readonly<Record<string, number>>;

  @Column({ type: "jsonb", nullable: true })
  plan!: BuildPlan | null;

  @Column({ type: "jsonb", nullable: true })
  failure!: NonNullable<Deployment["failure"]> | null;

  @Column({ type: "text", nullable: true })
  description!: string | null;

  @Column({ type: "boolean", name: "cancel_requested" })
  cancelRequested!: boolean;

  @Column({ type: "text", name: "created_by" })
  createdBy!: string;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;

  @Column({ type: "timestamptz", name: "ended_at", nullable: true })
  endedAt!: Date | null;
}
