import { Module, type OnModuleInit } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { Jobs } from "../jobs/jobs.ts";
import { JobsModule } from "../jobs/jobs.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { VariablesModule } from "../variables/variables.module.ts";
import { GarbageJob } from "./garbage.job.ts";
import { ReleaseMaker } from "./release-maker.ts";
import { ReleaseProcesses } from "./release-processes.ts";
import { ReleaseRow } from "./release.row.ts";
import { ReleasesController } from "./releases.controller.ts";
import { ReleasesService } from "./releases.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([ReleaseRow]), JobsModule, TargetsModule, VariablesModule],
  controllers: [ReleasesController],
  providers: [GarbageJob, ReleaseMaker, ReleaseProcesses, ReleasesService],
  exports: [ReleaseMaker, ReleaseProcesses, ReleasesService],
})
export class ReleasesModule implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly garbage: GarbageJob,
  ) {}

  onModuleInit(): void {
    this.jobs.register("collect-garbage", () => this.garbage.run(), "17 * * * *");
  }
}
