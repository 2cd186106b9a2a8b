import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { ProjectsModule } from "../projects/projects.module.ts";
import { EnvironmentRow } from "./environment.row.ts";
import { EnvironmentRemoval } from "./environment-removal.ts";
import { EnvironmentsController } from "./environments.controller.ts";
import { EnvironmentsService } from "./environments.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([EnvironmentRow]), ProjectsModule],
  controllers: [EnvironmentsController],
  providers: [EnvironmentRemoval, EnvironmentsService],
  exports: [EnvironmentsService],
})
export class EnvironmentsModule {}
