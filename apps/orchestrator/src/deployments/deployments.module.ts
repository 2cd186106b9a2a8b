import { Global, Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { AppsModule } from "../apps/apps.module.ts";
import { Teardown } from "../apps/teardown.ts";
import { EnvironmentsModule } from "../environments/environments.module.ts";
import { InstancesModule } from "../instances/instances.module.ts";
import { NodesModule } from "../nodes/nodes.module.ts";
import { PlacementModule } from "../placement/placement.module.ts";
import { PlatformUrlsModule } from "../platform/platform-urls.module.ts";
import { ReleasesModule } from "../releases/releases.module.ts";
import { RoutesModule } from "../routes/routes.module.ts";
import { TargetsModule } from "../targets/targets.module.ts";
import { ConfigurationRollout } from "../variables/configuration-rollout.ts";
import { ActionRecorder } from "./records/action-recorder.ts";
import { DeploymentEvents } from "./deployment-events.ts";
import { DeploymentFeedModule } from "./deployment-feed.module.ts";
import { DeploymentStarter } from "./deployment-starter.ts";
import { DeploymentViews } from "./deployment-views.ts";
import { DeploymentRow } from "./deployment.row.ts";
import { DeploymentsController } from "./deployments.controller.ts";
import { DeploymentsService } from "./deployments.service.ts";
import { NewConfiguration } from "./new-configuration.ts";
import { Reconciler } from "./reconciler.ts";
import { RolloutPlacement } from "./rollout-placement.ts";
import { RolloutStore } from "./records/rollout-store.ts";
import { RolloutEffects } from "./rollout-effects.ts";
import { StartLogs } from "./start-logs.ts";
import { TargetTeardown } from "./target-teardown.ts";

/** Global, because it provides the ports by which tenants' resources reach what runs. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([DeploymentRow]),
    AppsModule,
    DeploymentFeedModule,
    EnvironmentsModule,
    InstancesModule,
    NodesModule,
    PlacementModule,
    PlatformUrlsModule,
    ReleasesModule,
    RoutesModule,
    TargetsModule,
  ],
  controllers: [DeploymentsController],
  providers: [
    ActionRecorder,
    DeploymentEvents,
    DeploymentStarter,
    DeploymentViews,
    DeploymentsService,
    Reconciler,
    RolloutEffects,
    RolloutPlacement,
    RolloutStore,
    StartLogs,
    { provide: ConfigurationRollout, useClass: NewConfiguration },
    { provide: Teardown, useClass: TargetTeardown },
  ],
  exports: [ConfigurationRollout, Teardown],
})
export class DeploymentsModule {}
