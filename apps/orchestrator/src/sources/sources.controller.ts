import { endpoints, type Source } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { AppsService } from "../apps/apps.service.ts";
import { Config } from "../config.ts";
import { SourcesService } from "./sources.service.ts";
import { checkDeclaredSize } from "./upload-limit.ts";

const { upload } = endpoints.sources;

@Controller()
export class SourcesController {
  readonly #apps: AppsService;
  readonly #sources: SourcesService;
  readonly #config: Config;

  constructor(apps: AppsService, sources: SourcesService, config: Config) {
    this.#apps = apps;
    this.#sources = sources;
    this.#config = config;
  }

  @Endpoint(upload)
  async upload(
    @Call() { parameters, body, headers, signal }: CallOf<typeof upload>,
  ): Promise<Source> {
    const { id: appId } = await this.#apps.find(parameters);
    checkDeclaredSize(headers["content-length"], this.#config.maxSourceBytes);
    return this.#sources.store(appId, body, signal);
  }
}
