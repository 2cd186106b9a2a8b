import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { AppsModule } from "../apps/apps.module.ts";
import { EnvironmentsModule } from "../environments/environments.module.ts";
import { InstancesModule } from "../instances/instances.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { OrganisationsModule } from "../organisations/organisations.module.ts";
import { ReleasesModule } from "../releases/releases.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { LiveFleet } from "./live-fleet.ts";
import { Placement } from "./placement.ts";
import { PlacementController } from "./placement.controller.ts";
import { PlacementQuotaRow } from "./placement-quota.row.ts";
import { PlacementSettingsRow } from "./placement-settings.row.ts";
import { PlacementStore } from "./placement-store.ts";
import { PlacementViews } from "./placement-views.ts";
import { QuotasController } from "./quotas.controller.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([PlacementQuotaRow, PlacementSettingsRow]),
    AppsModule,
    EnvironmentsModule,
    InstancesModule,
    NodesModule,
    OrganisationsModule,
    ReleasesModule,
    TargetsModule,
  ],
  controllers: [PlacementController, QuotasController],
  providers: [LiveFleet, Placement, PlacementStore, PlacementViews],
  exports: [Placement, PlacementStore],
})
export class PlacementModule {}
