import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { AppsModule } from "../apps/apps.module.ts";
import { SourceRow } from "./source.row.ts";
import { SourcesController } from "./sources.controller.ts";
import { SourcesService } from "./sources.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([SourceRow]), AppsModule],
  controllers: [SourcesController],
  providers: [SourcesService],
  exports: [SourcesService],
})
export class SourcesModule {}
