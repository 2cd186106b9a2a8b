import type { BuildResult, Deployment } from "@bastide/contracts";
import { Column, Entity, PrimaryColumn } from "typeorm";

/** The build of a deployment's source; one per deployment, tried again after an interruption. */
@Entity("builds")
export class BuildRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "deployment_id" })
  deploymentId!: string;

  @Column({ type: "text" })
  state!: "queued" | "running" | "succeeded" | "failed";

  @Column({ type: "text", nullable: true })
  node!: string | null;

  @Column({ type: "jsonb", nullable: true })
  result!: BuildResult | null;

  @Column({ type: "boolean", nullable: true })
  reproducible!: boolean | null;

  @Column({ type: "jsonb", nullable: true })
  failure!: NonNullable<Deployment["failure"]> | null;

  @Column({ type: "timestamptz", name: "started_at", nullable: true })
  startedAt!: Date | null;

  @Column({ type: "timestamptz", name: "ended_at", nullable: true })
  endedAt!: Date | null;
}
