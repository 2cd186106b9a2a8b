import { endpoints, type PlatformStatus } from "@bastide/contracts";
import { Endpoint, Public } from "@bastide/service-kit";
import { Controller, Get, Header } from "@nestjs/common";
import { PLATFORM_PAGE_POLICY, platformPage } from "./platform-page.ts";
import { PlatformStatusService } from "./platform-status.service.ts";

@Controller()
export class PlatformController {
  readonly #status: PlatformStatusService;

  constructor(status: PlatformStatusService) {
    this.#status = status;
  }

  @Endpoint(endpoints.platform.status)
  read(): Promise<PlatformStatus> {
    return this.#status.read();
  }

  @Get("/")
  @Public("shows only that the platform runs and how to use it")
  @Header("content-type", "text/html; charset=utf-8")
  @Header("content-security-policy", PLATFORM_PAGE_POLICY)
  @Header("referrer-policy", "no-referrer")
  async page(): Promise<string> {
    return platformPage(await this.#status.read());
  }
}
