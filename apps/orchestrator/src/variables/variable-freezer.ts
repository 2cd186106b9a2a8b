import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import { z } from "zod";
import type { TargetIds } from "../apps/targets.service.ts";
import { TargetsService } from "../apps/targets.service.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { VariableStore } from "./variable-store.ts";

/** All variables of a target at one time, sealed as one; kept with a release, so that a rollback brings them back. */
export const FrozenVariables = z.object({ keyId: z.string(), sealed: z.base64() });
export type FrozenVariables = z.infer<typeof FrozenVariables>;

interface Frozen {
  readonly configVersion: number;
  readonly variables: FrozenVariables;
}

const Values = z.record(z.string(), z.string());

@Injectable()
export class VariableFreezer {
  readonly #source: DataSource;
  readonly #targets: TargetsService;
  readonly #store: VariableStore;
  readonly #box: SecretBox;

  constructor(source: DataSource, targets: TargetsService, store: VariableStore, box: SecretBox) {
    this.#source = source;
    this.#targets = targets;
    this.#store = store;
    this.#box = box;
  }

  /**
   * The variables as they are now and the version they have. Give the manager of the transaction that keeps them: until
   * it ends they cannot be changed, so that no change falls between the two unnoticed.
   */
  async freeze(target: TargetIds, manager?: EntityManager): Promise<Frozen> {
    if (!manager) return this.#source.transaction((own) => this.freeze(target, own));
    const { configVersion } = await this.#targets.lock(target, manager);
    const all = await this.#store.read(manager, target);
    const values = Object.fromEntries(all.map(({ name, value }) => [name, value]));
    const { keyId, sealed } = this.#box.seal(JSON.stringify(values), contextOf(target));
    return {
      configVersion: Number(configVersion),
      variables: { keyId, sealed: sealed.toString("base64") },
    };
  }

  /** What `freeze` sealed for this very target, in the clear. Throws SecretError for another's. */
  thaw(target: TargetIds, variables: FrozenVariables): Record<string, string> {
    const sealed = { keyId: variables.keyId, sealed: Buffer.from(variables.sealed, "base64") };
    return Values.parse(JSON.parse(this.#box.open(sealed, contextOf(target))));
  }

  /** What a build may see: plain configuration, never a secret. */
  async plain(
    target: TargetIds,
    manager: EntityManager = this.#source.manager,
  ): Promise<Record<string, string>> {
    const all = await this.#store.read(manager, target);
    return Object.fromEntries(
      all.filter(({ secret }) => !secret).map(({ name, value }) => [name, value]),
    );
  }
}

const contextOf = ({ appId, environmentId }: TargetIds): readonly string[] => [
  "frozen-variables",
  appId,
  environmentId,
];
