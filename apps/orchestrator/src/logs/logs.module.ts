import { Module } from "@nestjs/common";
import { InstancesModule } from "../instances/instances.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { LogsController } from "./logs.controller.ts";
import { MergedLogs } from "./merged-logs.ts";

@Module({
  imports: [InstancesModule, NodesModule, TargetsModule],
  controllers: [LogsController],
  providers: [MergedLogs],
})
export class LogsModule {}
