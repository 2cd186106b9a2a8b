import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { DomainNames } from "./domain-names.ts";
import { DomainRow } from "./domain.row.ts";

@Module({
  imports: [TypeOrmModule.forFeature([DomainRow])],
  providers: [DomainNames],
  exports: [DomainNames, TypeOrmModule],
})
export class DomainNamesModule {}
