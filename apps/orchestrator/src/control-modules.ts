import type { Type } from "@nestjs/common";
import { BuildsModule } from "./builds/builds.module.ts";
import { CertificatesModule } from "./certificates/certificates.module.ts";
import { DeploymentsModule } from "./deployments/deployments.module.ts";
import { DomainsModule } from "./domains/domains.module.ts";
import { GatewaysModule } from "./gateways/gateways.module.ts";
import { InstancesModule } from "./instances/instances.module.ts";
import { LogsModule } from "./logs/logs.module.ts";
import { NodesModule } from "./nodes/nodes.module.ts";
import { PlatformServicesModule } from "./platform-services/platform-services.module.ts";
import { ReleasesModule } from "./releases/releases.module.ts";
import { RevocationsModule } from "./revocations/revocations.module.ts";
import { RoutesModule } from "./routes/routes.module.ts";

/** What decides and runs: deployments, nodes, instances, routes. */
export const CONTROL_MODULES: readonly Type[] = [
  BuildsModule,
  CertificatesModule,
  DeploymentsModule,
  DomainsModule,
  GatewaysModule,
  InstancesModule,
  LogsModule,
  NodesModule,
  PlatformServicesModule,
  ReleasesModule,
  RevocationsModule,
  RoutesModule,
];
