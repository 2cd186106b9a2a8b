import type { NodeFacts, NodePlace } from "@bastide/contracts";
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

  /** What operators said of it. */
  @Column({ type: "jsonb", default: {} })
  place!: NodePlace;

  /** Since when it gets no new instances. */
  @Column({ type: "timestamptz", name: "cordoned_at", nullable: true })
  cordonedAt!: Date | null;

  @Column({ type: "timestamptz", name: "draining_at", nullable: true })
  drainingAt!: Date | null;

  /** Since when it is given up; recorded, so that a start of ours does not believe what it was last seen doing. */
  @Column({ type: "timestamptz", name: "lost_at", nullable: true })
  lostAt!: Date | null;

  @Column({ type: "timestamptz", name: "joined_at", nullable: true })
  joinedAt!: Date | null;

  /** PEM of the key that is the node's identity; null for the one on the control plane's own machine. */
  @Column({ type: "text", name: "public_key", nullable: true })
  publicKey!: string | null;

  /** Of the tokens that it was given and that may still be valid. */
  @Column({ type: "jsonb", name: "revocation_ids", default: [] })
  revocationIds!: readonly { readonly id: string; readonly expiresAt: string }[];
}
