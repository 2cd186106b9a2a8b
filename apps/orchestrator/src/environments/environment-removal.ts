import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { Teardown } from "../apps/teardown.ts";
import { EnvironmentRow } from "./environment.row.ts";
import type { EnvironmentPath } from "./environments.service.ts";
import { EnvironmentsService } from "./environments.service.ts";

/** Deletes an environment with everything that runs in it. */
@Injectable()
export class EnvironmentRemoval {
  readonly #source: DataSource;
  readonly #environments: EnvironmentsService;
  readonly #teardown: Teardown;

  constructor(source: DataSource, environments: EnvironmentsService, teardown: Teardown) {
    this.#source = source;
    this.#environments = environments;
    this.#teardown = teardown;
  }

  /** Resolves when no gateway leads to it, or that takes too long. */
  async remove(path: EnvironmentPath, signal: AbortSignal): Promise<void> {
    const { id: environmentId } = await this.#environments.find(path);
    const scope = { kind: "environment", environmentId } as const;
    await this.#source.transaction(async (manager) => {
      await this.#teardown.stop(manager, scope);
      await manager.delete(EnvironmentRow, { id: environmentId });
    });
    await this.#teardown.stopped(scope, signal);
  }
}
