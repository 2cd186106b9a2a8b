import { type DynamicModule, Global, Module } from "@nestjs/common";
import { DiscoveryModule } from "@nestjs/core";
import { EndpointGuard } from "./authorization/endpoint.guard.ts";
import { HealthChecks } from "./health/health-checks.ts";
import { HealthController } from "./health/health.controller.ts";
import { OpenCalls } from "./http/open-calls.ts";
import { RouteCheck } from "./http/route-check.ts";
import { JsonLogger } from "./logging/json-logger.ts";

/** What every service has. It needs an `ApiAuthorizer` from a global module of the app. */
@Global()
@Module({})
export class ServiceModule {
  static with(logger: JsonLogger): DynamicModule {
    return {
      module: ServiceModule,
      imports: [DiscoveryModule],
      controllers: [HealthController],
      providers: [
        EndpointGuard,
        HealthChecks,
        OpenCalls,
        RouteCheck,
        { provide: JsonLogger, useValue: logger },
      ],
      exports: [EndpointGuard, HealthChecks, JsonLogger, OpenCalls],
    };
  }
}
