import { Module } from "@nestjs/common";
import { TargetFinder } from "./target-finder.ts";
import { Wakes } from "./wakes.ts";

@Module({ providers: [TargetFinder, Wakes], exports: [TargetFinder, Wakes] })
export class TargetsModule {}
