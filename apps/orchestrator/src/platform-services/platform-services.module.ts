import { Module } from "@nestjs/common";
import { DeploymentsModule } from "../deployments/deployments.module.ts";
import { InstancesModule } from "../instances/instances.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { ServiceComponents } from "./service-components.ts";
import { ServiceKeeper } from "./service-keeper.ts";
import { ServiceTokens } from "./service-tokens.ts";

@Module({
  imports: [DeploymentsModule, InstancesModule, NodesModule],
  providers: [ServiceComponents, ServiceKeeper, ServiceTokens],
})
export class PlatformServicesModule {}
