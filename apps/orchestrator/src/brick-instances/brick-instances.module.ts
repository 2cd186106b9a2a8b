import { Module } from "@nestjs/common";
import { DeploymentsModule } from "../deployments/deployments.module.ts";
import { GatewaysModule } from "../gateways/gateways.module.ts";
import { HaModule } from "../ha/ha.module.ts";
import { InstancesModule } from "../instances/instances.module.ts";
import { NodeAuthorityModule } from "../node-identity/node-authority.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { BrickComponents } from "./brick-components.ts";
import { BrickFiles } from "./brick-files.ts";
import { BrickTokens } from "./brick-tokens.ts";
import { BrickViews } from "./brick-views.ts";
import { GatewayPresence } from "./gateway-presence.ts";
import { InstanceKeeper } from "./instance-keeper.ts";
import { InstanceRecords } from "./instance-records.ts";

@Module({
  imports: [
    DeploymentsModule,
    GatewaysModule,
    HaModule,
    InstancesModule,
    NodeAuthorityModule,
    NodesModule,
  ],
  providers: [
    BrickComponents,
    BrickFiles,
    BrickTokens,
    BrickViews,
    GatewayPresence,
    InstanceKeeper,
    InstanceRecords,
  ],
})
export class BrickInstancesModule {}
