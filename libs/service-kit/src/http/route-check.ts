import { Injectable, type OnApplicationBootstrap } from "@nestjs/common";
import { DiscoveryService, MetadataScanner } from "@nestjs/core";
import { PATH_METADATA } from "@nestjs/common/constants.js";
import { handlerKindOf } from "./handler-metadata.ts";

/** Refuses to start with a route that is neither an endpoint of the contract nor said to be public. */
@Injectable()
export class RouteCheck implements OnApplicationBootstrap {
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;

  constructor(discovery: DiscoveryService, scanner: MetadataScanner) {
    this.#discovery = discovery;
    this.#scanner = scanner;
  }

  onApplicationBootstrap(): void {
    const open = this.#discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.#unguarded(metatype) : []));
    if (open.length > 0)
      throw new Error(
        `these routes have neither @Endpoint nor @Public, so nobody decided who may call them: ${open.join(", ")}`,
      );
  }

  #unguarded(controller: Function): string[] {
    const prototype: object = controller.prototype;
    return this.#scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method: unknown = Reflect.get(prototype, name);
      if (typeof method !== "function" || !Reflect.hasMetadata(PATH_METADATA, method)) return [];
      return handlerKindOf(method) === undefined ? [`${controller.name}.${name}`] : [];
    });
  }
}
