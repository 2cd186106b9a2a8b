import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { InstancesModule } from "../instances/instances.module.ts";
import { StreamsModule } from "../streams/streams.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { AgentClients } from "./agent-clients.ts";
import { AgentLogs } from "./agent-logs.ts";
import { ArtefactsController } from "./artefacts.controller.ts";
import { DesiredState } from "./desired-state.ts";
import { NodeComponents } from "./node-components.ts";
import { NodeDirectory } from "./node-directory.ts";
import { NodeStreams } from "./node-streams.ts";
import { NodeRow } from "./node.row.ts";
import { NodesController } from "./nodes.controller.ts";
import { NodesService } from "./nodes.service.ts";
import { Placement } from "./placement.ts";

@Module({
  imports: [TypeOrmModule.forFeature([NodeRow]), InstancesModule, StreamsModule, TargetsModule],
  controllers: [ArtefactsController, NodesController],
  providers: [
    AgentClients,
    AgentLogs,
    DesiredState,
    NodeComponents,
    NodeDirectory,
    NodeStreams,
    NodesService,
    Placement,
  ],
  exports: [AgentClients, AgentLogs, DesiredState, NodeDirectory, NodeStreams, Placement],
})
export class NodesModule {}
