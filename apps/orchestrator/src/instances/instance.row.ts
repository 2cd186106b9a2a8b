import type { ObservedInstance } from "@bastide/contracts";
import { Column, Entity, PrimaryColumn } from "typeorm";

/** Draining: out of the gateways' table, still running. Stopped: told to its node, removed when the node says so. */
export type DesiredState = "running" | "draining" | "stopped";

/** A tenant's instance has an app, an environment, a release and a generation; a brick's has a service. */
@Entity("instances")
export class InstanceRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "app_id", nullable: true })
  appId!: string | null;

  @Column({ type: "uuid", name: "environment_id", nullable: true })
  environmentId!: string | null;

  @Column({ type: "uuid", name: "release_id", nullable: true })
  releaseId!: string | null;

  /** The deployment whose roll-out it belongs to. */
  @Column({ type: "uuid", nullable: true })
  generation!: string | null;

  @Column({ type: "text", nullable: true })
  service!: string | null;

  /** Of a brick's: changes with anything that a running instance cannot take over. */
  @Column({ type: "text", nullable: true })
  revision!: string | null;

  @Column({ type: "text" })
  process!: string;

  @Column({ type: "text" })
  node!: string;

  @Column({ type: "text" })
  desired!: DesiredState;

  @Column({ type: "timestamptz", name: "draining_at", nullable: true })
  drainingAt!: Date | null;

  @Column({ type: "double precision", name: "drain_seconds", nullable: true })
  drainSeconds!: number | null;

  @Column({ type: "jsonb", nullable: true })
  observed!: ObservedInstance | null;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;

  @Column({ type: "timestamptz", name: "removed_at", nullable: true })
  removedAt!: Date | null;
}
