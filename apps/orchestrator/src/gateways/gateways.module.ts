import { Module } from "@nestjs/common";
import { StreamsModule } from "../streams/streams.module.ts";
import { GatewayTable } from "./gateway-table.ts";
import { GatewaysController } from "./gateways.controller.ts";

@Module({
  imports: [StreamsModule],
  controllers: [GatewaysController],
  providers: [GatewayTable],
  exports: [GatewayTable],
})
export class GatewaysModule {}
