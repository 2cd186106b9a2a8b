import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity("deployment_logs")
export class DeploymentLogRow {
  @PrimaryColumn({ type: "uuid", name: "deployment_id" })
  deploymentId!: string;

  /** Counts up from 1 within the deployment. */
  @PrimaryColumn({ type: "integer" })
  sequence!: number;

  @Column({ type: "timestamptz" })
  at!: Date;

  @Column({ type: "text" })
  phase!: "build" | "start";

  @Column({ type: "text" })
  line!: string;
}
