import { Module, type OnModuleInit } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { DataSource } from "typeorm";
import { DeploymentFeedModule } from "../deployments/deployment-feed.module.ts";
import { Jobs } from "../jobs/jobs.ts";
import { JobsModule } from "../jobs/jobs.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { VariablesModule } from "../variables/variables.module.ts";
import { AgentBuilds } from "./agent-builds.ts";
import { BuildJob } from "./build.job.ts";
import { requeueBuilds } from "./build-queue.ts";
import { BuildRow } from "./build.row.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([BuildRow]),
    DeploymentFeedModule,
    JobsModule,
    NodesModule,
    TargetsModule,
    VariablesModule,
  ],
  providers: [AgentBuilds, BuildJob],
})
export class BuildsModule implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly build: BuildJob,
    private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.jobs.register("build", (payload, attempt) => this.build.run(payload, attempt));
    this.jobs.beforeStart(() => requeueBuilds(this.database));
  }
}
