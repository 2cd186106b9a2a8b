import { uuidv7 } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import type { EntityManager } from "typeorm";
import type { TargetIds } from "../apps/targets.service.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import type { PlainVariable, VariablePlan } from "./domain/variable-changes.ts";
import { VariableRow } from "./variable.row.ts";

/** Reads and writes variables in the clear; in the table secrets are sealed to their app, environment and name. */
@Injectable()
export class VariableStore {
  readonly #box: SecretBox;

  constructor(box: SecretBox) {
    this.#box = box;
  }

  async read(manager: EntityManager, target: TargetIds): Promise<PlainVariable[]> {
    const { appId, environmentId } = target;
    const rows = await manager.findBy(VariableRow, { appId, environmentId });
    return rows.map((row) => ({ name: row.name, secret: row.secret, value: this.#valueOf(row) }));
  }

  async apply(manager: EntityManager, target: TargetIds, plan: VariablePlan): Promise<void> {
    const { appId, environmentId } = target;
    if (plan.remove.length > 0)
      await manager
        .createQueryBuilder()
        .delete()
        .from(VariableRow)
        .where("app_id = :appId and environment_id = :environmentId and name in (:...names)", {
          appId,
          environmentId,
          names: plan.remove,
        })
        .execute();
    if (plan.write.length > 0)
      await manager.upsert(
        VariableRow,
        plan.write.map((variable) => this.#rowOf(target, variable)),
        ["appId", "environmentId", "name"],
      );
  }

  #valueOf(row: VariableRow): string {
    const { value, sealed, keyId } = row;
    if (sealed === null || keyId === null) return value ?? "";
    return this.#box.open({ keyId, sealed }, contextOf(row, row.name));
  }

  #rowOf(target: TargetIds, { name, value, secret }: PlainVariable): VariableRow {
    const sealed = secret ? this.#box.seal(value, contextOf(target, name)) : undefined;
    return {
      id: uuidv7(),
      appId: target.appId,
      environmentId: target.environmentId,
      name,
      secret,
      value: secret ? null : value,
      sealed: sealed?.sealed ?? null,
      keyId: sealed?.keyId ?? null,
      updatedAt: new Date(),
    };
  }
}

const contextOf = ({ appId, environmentId }: TargetIds, name: string): readonly string[] => [
  "variable",
  appId,
  environmentId,
  name,
];
