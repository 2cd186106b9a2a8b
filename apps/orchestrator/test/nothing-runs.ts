import type { Deployment } from "@bastide/contracts";
import { Global, Module } from "@nestjs/common";
import { Teardown } from "../src/apps/teardown.ts";
import { ConfigurationRollout } from "../src/variables/configuration-rollout.ts";

/** Adapter of the ports to what runs, where nothing ever does. */
class NothingRuns extends Teardown {
  override async stop(): Promise<void> {}
  override async stopped(): Promise<boolean> {
    return true;
  }
}

class NothingDeployed extends ConfigurationRollout {
  override async begin(): Promise<Deployment | undefined> {
    return undefined;
  }
  override begun(): void {}
}

/** Lets tests of the resources run without deployments, nodes and gateways. */
@Global()
@Module({
  providers: [
    { provide: Teardown, useClass: NothingRuns },
    { provide: ConfigurationRollout, useClass: NothingDeployed },
  ],
  exports: [Teardown, ConfigurationRollout],
})
export class NothingRunsModule {}
