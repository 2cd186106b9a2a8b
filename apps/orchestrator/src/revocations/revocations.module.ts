import { Module } from "@nestjs/common";
import { TypeOrmModule } from "@nestjs/typeorm";
import { GatewaysModule } from "../gateways/gateways.module.ts";
import { GatewayTrust } from "./gateway-trust.ts";
import { RevocationRow } from "./revocation.row.ts";
import { RevocationsController } from "./revocations.controller.ts";
import { RevocationsService } from "./revocations.service.ts";

@Module({
  imports: [TypeOrmModule.forFeature([RevocationRow]), GatewaysModule],
  controllers: [RevocationsController],
  providers: [GatewayTrust, RevocationsService],
  exports: [RevocationsService],
})
export class RevocationsModule {}
