import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from "typeorm";
import { ProjectRow } from "../projects/project.row.ts";

@Entity("environments")
export class EnvironmentRow {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @Column({ type: "uuid", name: "project_id" })
  projectId!: string;

  @ManyToOne(() => ProjectRow)
  @JoinColumn({ name: "project_id" })
  project?: Relation<ProjectRow>;

  @Column({ type: "text" })
  name!: string;

  @Column({ type: "timestamptz", name: "created_at" })
  createdAt!: Date;
}
