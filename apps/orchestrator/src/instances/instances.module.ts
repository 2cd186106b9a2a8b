import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { TargetsModule } from "../targets/targets.module.ts";
import { VariablesModule } from "../variables/variables.module.ts";
import { InstanceRegistry } from "./instance-registry.ts";
import { InstanceRow } from "./instance.row.ts";
import { InstanceSpecs } from "./instance-specs.ts";
import { InstancesController } from "./instances.controller.ts";

@Module({
  imports: [TypeOrmModule.forFeature([InstanceRow]), TargetsModule, VariablesModule],
  controllers: [InstancesController],
  providers: [InstanceRegistry, InstanceSpecs],
  exports: [InstanceRegistry, InstanceSpecs],
})
export class InstancesModule {}
