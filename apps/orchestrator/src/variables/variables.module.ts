import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { AppsModule } from "../apps/apps.module.ts";
import { EnvironmentsModule } from "../environments/environments.module.ts";
import { VariableFreezer } from "./variable-freezer.ts";
import { VariableRow } from "./variable.row.ts";
import { VariableStore } from "./variable-store.ts";
import { VariablesController } from "./variables.controller.ts";
import { VariablesService } from "./variables.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([VariableRow]), AppsModule, EnvironmentsModule],
  controllers: [VariablesController],
  providers: [VariableFreezer, VariableStore, VariablesService],
  exports: [VariableFreezer],
})
export class VariablesModule {}
