import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { ProjectsModule } from "../projects/projects.module.ts";
import { FirstBoot } from "./first-boot.ts";
import { OrganisationRow } from "./organisation.row.ts";
import { OrganisationsController } from "./organisations.controller.ts";
import { OrganisationsService } from "./organisations.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([OrganisationRow]), ProjectsModule],
  controllers: [OrganisationsController],
  providers: [FirstBoot, OrganisationsService],
  exports: [OrganisationsService],
})
export class OrganisationsModule {}
