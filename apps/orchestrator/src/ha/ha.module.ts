import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { NodeAuthorityModule } from "../node-identity/node-authority.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { InstancesModule } from "../instances/instances.module.ts";
import { BrickNodes } from "./brick-nodes.ts";
import { HaChanges } from "./ha-changes.ts";
import { HaDesk } from "./ha-desk.ts";
import { HaEvents } from "./ha-events.ts";
import { HaGroups } from "./ha-groups.ts";
import { HaGuardsController } from "./ha-guards.controller.ts";
import { HaInstances } from "./ha-instances.ts";
import { HaKeeper } from "./ha-keeper.ts";
import { HaLeaseStore } from "./ha-lease-store.ts";
import { HaObserved } from "./ha-observed.ts";
import { HaStoreHealth } from "./ha-store-health.ts";
import { HaServiceRow } from "./ha-service.row.ts";
import { HaTruth } from "./ha-truth.ts";
import { HaVerbs } from "./ha-verbs.ts";
import { HaController } from "./ha.controller.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([HaServiceRow]),
    InstancesModule,
    NodeAuthorityModule,
    NodesModule,
  ],
  controllers: [HaController, HaGuardsController],
  providers: [
    BrickNodes,
    HaChanges,
    HaDesk,
    HaEvents,
    HaGroups,
    HaInstances,
    HaKeeper,
    HaLeaseStore,
    HaObserved,
    HaStoreHealth,
    HaTruth,
    HaVerbs,
  ],
  exports: [BrickNodes, HaEvents, HaInstances, HaTruth],
})
export class HaModule {}
