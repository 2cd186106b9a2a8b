import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { AppsModule } from "../apps/apps.module.ts";
import { DomainNamesModule } from "../domains/domain-names.module.ts";
import { EnvironmentsModule } from "../environments/environments.module.ts";
import { GatewaysModule } from "../gateways/gateways.module.ts";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { PlatformRoutes } from "./platform-routes.ts";
import { RoutedRollouts } from "./routed-rollouts.ts";
import { RouteRules } from "./route-rules.ts";
import { RouteSettingsRow } from "./route-settings.row.ts";
import { RouteSettingsService } from "./route-settings.service.ts";
import { RouteTable } from "./route-table.ts";
import { RoutesController } from "./routes.controller.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([RouteSettingsRow]),
    AppsModule,
    DomainNamesModule,
    EnvironmentsModule,
    GatewaysModule,
    PlatformUrlsModule,
    TargetsModule,
  ],
  controllers: [RoutesController],
  providers: [PlatformRoutes, RoutedRollouts, RouteRules, RouteSettingsService, RouteTable],
  exports: [RoutedRollouts, RouteRules, RouteTable],
})
export class RoutesModule {}
