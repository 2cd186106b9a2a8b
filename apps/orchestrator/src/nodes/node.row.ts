import type { NodeFacts } from "@bastide/contracts";
import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity("nodes")
export class NodeRow {
  @PrimaryColumn({ type: "text" })
  name!: string;

  @Column({ type: "jsonb", nullable: true })
  facts!: NodeFacts | null;

  @Column({ type: "text", name: "agent_url", nullable: true })
  agentUrl!: string | null;

  @Column({ type: "timestamptz", name: "last_seen_at", nullable: true })
  lastSeenAt!: Date | null;
}
