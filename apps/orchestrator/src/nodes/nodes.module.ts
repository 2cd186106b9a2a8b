import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { InstancesModule } from "../instances/instances.module.ts";
import { NodeAuthorityModule } from "../node-identity/node-authority.module.ts";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { RevocationsModule } from "../revocations/revocations.module.ts";
import { StreamsModule } from "../streams/streams.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { AgentClients } from "./agent-clients.ts";
import { AgentLogs } from "./agent-logs.ts";
import { ArtefactsController } from "./artefacts.controller.ts";
import { BuilderNodes } from "./builder-nodes.ts";
import { DesiredState } from "./desired-state.ts";
import { NodeComponents } from "./node-components.ts";
import { NodeDirectory } from "./node-directory.ts";
import { NodeStreams } from "./node-streams.ts";
import { NodeRow } from "./node.row.ts";
import { NodeOperations } from "./node-operations.ts";
import { NodeOperationsController } from "./node-operations.controller.ts";
import { NodePulses } from "./node-pulses.ts";
import { NodeRemoval } from "./node-removal.ts";
import { NodeTenants } from "./node-tenants.ts";
import { NodeTokens } from "./node-tokens.ts";
import { NodeViews } from "./node-views.ts";
import { NodeWatch } from "./node-watch.ts";
import { OwnDoor } from "./own-door.ts";
import { NodesController } from "./nodes.controller.ts";
import { NodesService } from "./nodes.service.ts";

@Module({
  imports: [
    TypeOrmModule.forFeature([NodeRow]),
    InstancesModule,
    NodeAuthorityModule,
    PlatformUrlsModule,
    RevocationsModule,
    StreamsModule,
    TargetsModule,
  ],
  controllers: [ArtefactsController, NodeOperationsController, NodesController],
  providers: [
    AgentClients,
    AgentLogs,
    DesiredState,
    NodeComponents,
    NodeDirectory,
    NodeOperations,
    NodePulses,
    NodeRemoval,
    NodeTenants,
    NodeTokens,
    NodeViews,
    NodeWatch,
    NodeStreams,
    NodesService,
    OwnDoor,
    BuilderNodes,
  ],
  exports: [
    AgentClients,
    AgentLogs,
    DesiredState,
    NodeDirectory,
    NodeStreams,
    NodeTenants,
    NodeTokens,
    NodeWatch,
    BuilderNodes,
  ],
})
export class NodesModule {}
