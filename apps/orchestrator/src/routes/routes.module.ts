import { Module } from "@nestjs/common";
import { DomainNamesModule } from "../domains/domain-names.module.ts";
import { GatewaysModule } from "../gateways/gateways.module.ts";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { PlatformRoutes } from "./platform-routes.ts";
import { RoutedRollouts } from "./routed-rollouts.ts";
import { RouteTable } from "./route-table.ts";
import { RoutesController } from "./routes.controller.ts";

@Module({
  imports: [DomainNamesModule, GatewaysModule, PlatformUrlsModule, TargetsModule],
  controllers: [RoutesController],
  providers: [PlatformRoutes, RoutedRollouts, RouteTable],
  exports: [RoutedRollouts, RouteTable],
})
export class RoutesModule {}
