import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import { TargetRow } from "./target.row.ts";

/** An app in an environment, by ids that were looked up through their names. */
export interface TargetIds {
  readonly appId: string;
  readonly environmentId: string;
}

@Injectable()
export class TargetsService {
  readonly #source: DataSource;

  constructor(source: DataSource) {
    this.#source = source;
  }

  /** The target, made when it is missing. */
  async ensure(
    { appId, environmentId }: TargetIds,
    manager: EntityManager = this.#source.manager,
  ): Promise<TargetRow> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(TargetRow)
      .values({ appId, environmentId })
      .orIgnore()
      .execute();
    return manager.findOneByOrFail(TargetRow, { appId, environmentId });
  }

  /** Locks the target until the transaction ends, so that changes of one target come one after the other. */
  async lock(ids: TargetIds, manager: EntityManager): Promise<TargetRow> {
    await this.ensure(ids, manager);
    return manager.findOneOrFail(TargetRow, {
      where: { appId: ids.appId, environmentId: ids.environmentId },
      lock: { mode: "pessimistic_write" },
    });
  }
}
