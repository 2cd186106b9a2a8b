import type { Type } from "@nestjs/common";
import { BrickInstancesModule } from "./brick-instances/brick-instances.module.ts";
import { BuildsModule } from "./builds/builds.module.ts";
import { CertificatesModule } from "./certificates/certificates.module.ts";
import { DeploymentsModule } from "./deployments/deployments.module.ts";
import { DomainsModule } from "./domains/domains.module.ts";
import { GatewaysModule } from "./gateways/gateways.module.ts";
import { HaModule } from "./ha/ha.module.ts";
import { InstancesModule } from "./instances/instances.module.ts";
import { LogsModule } from "./logs/logs.module.ts";
import { NodeIdentityModule } from "./node-identity/node-identity.module.ts";
import { NodesModule } from "./nodes/nodes.module.ts";
import { PlacementModule } from "./placement/placement.module.ts";
import { ReleasesModule } from "./releases/releases.module.ts";
import { RevocationsModule } from "./revocations/revocations.module.ts";
import { RoutesModule } from "./routes/routes.module.ts";

/** What decides and runs: deployments, nodes, instances, routes. */
export const CONTROL_MODULES: readonly Type[] = [
  BrickInstancesModule,
  BuildsModule,
  CertificatesModule,
  DeploymentsModule,
  DomainsModule,
  GatewaysModule,
  HaModule,
  InstancesModule,
  LogsModule,
  NodeIdentityModule,
  NodesModule,
  PlacementModule,
  ReleasesModule,
  RevocationsModule,
  RoutesModule,
];
