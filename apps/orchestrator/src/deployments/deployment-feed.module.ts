import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { DeploymentFeed } from "./deployment-feed.ts";
import { DeploymentLog } from "./deployment-log.ts";
import { DeploymentLogRow } from "./deployment-log.row.ts";

@Module({
  imports: [TypeOrmModule.forFeature([DeploymentLogRow])],
  providers: [DeploymentFeed, DeploymentLog],
  exports: [DeploymentFeed, DeploymentLog],
})
export class DeploymentFeedModule {}
