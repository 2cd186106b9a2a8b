import type { HaDesired } from "@bastide/contracts";
import { Column, Entity, PrimaryColumn } from "typeorm";

/** What is wanted of a service, and the nodes that it may run on and that vote on its lease. */
@Entity("ha_services")
export class HaServiceRow {
  @PrimaryColumn({ type: "text" })
  name!: string;

  @Column({ type: "jsonb" })
  desired!: HaDesired;

  /** What a thaw goes back to, or the end of a pause that lets the candidates change; null where neither is. */
  @Column({ type: "jsonb", name: "before_freeze", nullable: true })
  beforeFreeze!: HaDesired | null;

  @Column({ type: "text", name: "intent_id" })
  intentId!: string;

  /** As PostgreSQL's driver gives a bigint: text. */
  @Column({ type: "bigint" })
  version!: string;

  @Column({ type: "jsonb" })
  candidates!: string[];
}
