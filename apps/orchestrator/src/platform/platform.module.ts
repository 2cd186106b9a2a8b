import { Global, Module } from "@nestjs/common";
import { PlatformComponents } from "./platform-components.ts";
import { PlatformController } from "./platform.controller.ts";
import { PlatformStatusService } from "./platform-status.service.ts";
import { PlatformUrlsModule } from "./platform-urls.module.ts";

@Global()
@Module({
  imports: [PlatformUrlsModule],
  controllers: [PlatformController],
  providers: [PlatformComponents, PlatformStatusService],
  exports: [PlatformComponents],
})
export class PlatformModule {}
