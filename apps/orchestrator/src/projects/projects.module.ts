import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { ProjectRow } from "./project.row.ts";
import { ProjectsController } from "./projects.controller.ts";
import { ProjectsService } from "./projects.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([ProjectRow])],
  controllers: [ProjectsController],
  providers: [ProjectsService],
  exports: [ProjectsService],
})
export class ProjectsModule {}
