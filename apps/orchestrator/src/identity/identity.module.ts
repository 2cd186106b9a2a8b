import { Global, Module } from "@nestjs/common";
import { ControlPlaneToken } from "./control-plane-token.ts";
import { IdentityController } from "./identity.controller.ts";

@Global()
@Module({
  controllers: [IdentityController],
  providers: [ControlPlaneToken],
  exports: [ControlPlaneToken],
})
export class IdentityModule {}
