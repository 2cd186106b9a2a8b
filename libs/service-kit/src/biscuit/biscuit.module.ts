import {
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
} from "@nestjs/common";
import { BiscuitGate, type BiscuitModuleOptions } from "./biscuit-gate.ts";
import { BiscuitGuard } from "./biscuit.guard.ts";

/** Options that need other providers, such as a key ring from the configuration. */
export interface BiscuitModuleAsyncOptions<Dependencies extends readonly unknown[]> {
  readonly imports?: ModuleMetadata["imports"];
  readonly inject?: FactoryProvider["inject"];
  readonly useFactory: (
    ...dependencies: Dependencies
  ) => BiscuitModuleOptions | Promise<BiscuitModuleOptions>;
}

/** Biscuit authorization for any Nest application: import it once, it is global. See `BiscuitGuard` and `Authorize`. */
@Module({})
export class BiscuitModule {
  static forRoot(options: BiscuitModuleOptions): DynamicModule {
    return moduleWith({ provide: BiscuitGate, useFactory: () => BiscuitGate.of(options) });
  }

  static forRootAsync<Dependencies extends readonly unknown[]>({
    imports = [],
    inject = [],
    useFactory,
  }: BiscuitModuleAsyncOptions<Dependencies>): DynamicModule {
    const make = async (...dependencies: Dependencies): Promise<BiscuitGate> =>
      BiscuitGate.of(await useFactory(...dependencies));
    return moduleWith({ provide: BiscuitGate, inject, useFactory: make }, imports);
  }
}

const moduleWith = (
  gate: FactoryProvider,
  imports: NonNullable<ModuleMetadata["imports"]> = [],
): DynamicModule => ({
  module: BiscuitModule,
  global: true,
  imports,
  providers: [gate, BiscuitGuard],
  exports: [BiscuitGate, BiscuitGuard],
});
