import { hostLabel } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { Config } from "../config.ts";

/** Where things answer, as a browser writes it. */
@Injectable()
export class PublicUrls {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  hostOf(app: string, environment: string): string {
    return `${hostLabel(app, environment)}.${this.#config.baseDomain}`;
  }

  /** `http://shop.localhost:8080` */
  urlOf(app: string, environment: string): string {
    return this.#url(this.hostOf(app, environment));
  }

  get platformHost(): string {
    return `bastide.${this.#config.baseDomain}`;
  }

  get platformUrl(): string {
    return this.#url(this.platformHost);
  }

  /** `https://bastide.localhost:8443` */
  get platformHttpsUrl(): string {
    const port = this.#config.gatewayHttpsPort;
    return `https://${this.platformHost}${port === 443 ? "" : `:${port}`}`;
  }

  #url(host: string): string {
    const port = this.#config.gatewayPort;
    return port === 80 ? `http://${host}` : `http://${host}:${port}`;
  }
}
