import type { AppDeleted } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { AppRow } from "./app.row.ts";
import type { AppPath } from "./apps.service.ts";
import { AppsService } from "./apps.service.ts";
import { Teardown } from "./teardown.ts";

/** Deletes an app with everything of it that runs. */
@Injectable()
export class AppRemoval {
  readonly #source: DataSource;
  readonly #apps: AppsService;
  readonly #teardown: Teardown;

  constructor(source: DataSource, apps: AppsService, teardown: Teardown) {
    this.#source = source;
    this.#apps = apps;
    this.#teardown = teardown;
  }

  /** Resolves when no gateway leads to it, or that takes too long. */
  async remove(path: AppPath, signal: AbortSignal): Promise<AppDeleted> {
    const { id: appId } = await this.#apps.find(path);
    const scope = { kind: "app", appId } as const;
    await this.#source.transaction(async (manager) => {
      await this.#teardown.stop(manager, scope);
      await manager.delete(AppRow, { id: appId });
    });
    return { inForce: await this.#teardown.stopped(scope, signal) };
  }
}
