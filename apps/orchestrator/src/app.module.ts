import { type JsonLogger, ServiceModule } from "@bastide/service-kit";
import { type DynamicModule, Module, type Type } from "@nestjs/common";
import { AppsModule } from "./apps/apps.module.ts";
import { AuthorizationModule } from "./authorization/authorization.module.ts";
import type { Config } from "./config.ts";
import { ConfigModule } from "./config.module.ts";
import { EnvironmentsModule } from "./environments/environments.module.ts";
import { IdempotencyModule } from "./idempotency/idempotency.module.ts";
import { IdentityModule } from "./identity/identity.module.ts";
import { OpenApiModule } from "./openapi/openapi.module.ts";
import { OrganisationsModule } from "./organisations/organisations.module.ts";
import { PersistenceModule } from "./persistence/persistence.module.ts";
import { PlatformModule } from "./platform/platform.module.ts";
import { ProjectsModule } from "./projects/projects.module.ts";
import { SecretsModule } from "./secrets/secrets.module.ts";
import { BlobsModule } from "./sources/blobs.module.ts";
import { SourcesModule } from "./sources/sources.module.ts";
import { VariablesModule } from "./variables/variables.module.ts";

/** What stands by itself: tenants' resources and what every feature needs. */
const RESOURCE_MODULES: readonly Type[] = [
  AuthorizationModule,
  PersistenceModule,
  SecretsModule,
  BlobsModule,
  PlatformModule,
  IdempotencyModule,
  IdentityModule,
  OpenApiModule,
  OrganisationsModule,
  ProjectsModule,
  EnvironmentsModule,
  AppsModule,
  VariablesModule,
  SourcesModule,
];

@Module({})
export class AppModule {
  /** `control` decides and runs; it provides the ports Teardown and ConfigurationRollout globally. */
  static of(config: Config, control: readonly Type[], logger: JsonLogger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(config),
        ServiceModule.with(logger),
        ...RESOURCE_MODULES,
        ...control,
      ],
    };
  }
}
