import type { PlatformStatus } from "@bastide/contracts";
import { HealthChecks } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";
import { PlatformComponents } from "./platform-components.ts";
import { PublicUrls } from "./public-urls.ts";

@Injectable()
export class PlatformStatusService {
  readonly #config: Config;
  readonly #urls: PublicUrls;
  readonly #checks: HealthChecks;
  readonly #components: PlatformComponents;
  readonly #startedAt = new Date();

  constructor(
    config: Config,
    urls: PublicUrls,
    checks: HealthChecks,
    components: PlatformComponents,
  ) {
    this.#config = config;
    this.#urls = urls;
    this.#checks = checks;
    this.#components = components;
  }

  async read(): Promise<PlatformStatus> {
    const since = this.#startedAt.toISOString();
    const components = [
      { name: "orchestrator", healthy: true, message: `version ${this.#config.version}`, since },
      ...(await this.#checks.run()),
      ...this.#components.observe(),
    ];
    return {
      version: this.#config.version,
      healthy: components.every(({ healthy }) => healthy),
      startedAt: since,
      baseDomain: this.#config.baseDomain,
      url: this.#urls.platformUrl,
      httpsUrl: this.#urls.platformHttpsUrl,
      components,
    };
  }
}
