import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { ProjectsModule } from "../projects/projects.module.ts";
import { AppRemoval } from "./app-removal.ts";
import { AppRow } from "./app.row.ts";
import { AppsController } from "./apps.controller.ts";
import { AppsService } from "./apps.service.ts";
import { DeployedEnvironments } from "./deployed-environments.ts";
import { TargetRow } from "./target.row.ts";
import { TargetsService } from "./targets.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([AppRow, TargetRow]), PlatformUrlsModule, ProjectsModule],
  controllers: [AppsController],
  providers: [AppRemoval, AppsService, DeployedEnvironments, TargetsService],
  exports: [AppsService, TargetsService],
})
export class AppsModule {}
