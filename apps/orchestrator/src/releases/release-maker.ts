import { Injectable } from "@nestjs/common";
import { type BuildResult, uuidv7 } from "@bastide/contracts";
import type { EntityManager } from "typeorm";
import { BuildRow } from "../builds/build.row.ts";
import { DeploymentRow } from "../deployments/deployment.row.ts";
import type { TargetIds } from "../targets/target.ts";
import { VariableFreezer } from "../variables/variable-freezer.ts";
import { ReleaseRow } from "./release.row.ts";

/** What is new about a release; version, variables and date are added. */
type Draft = Pick<
  ReleaseRow,
  "artefact" | "artefactSizeBytes" | "sbom" | "processes" | "plan" | "reproducible" | "description"
>;

/** Makes releases, always inside the caller's transaction. */
@Injectable()
export class ReleaseMaker {
  constructor(private readonly variables: VariableFreezer) {}

  /** The release of a deployment's build; the deployment then has it. Once only: a second call does nothing. */
  async fromBuild(manager: EntityManager, deploymentId: string): Promise<void> {
    const deployment = await manager.findOneByOrFail(DeploymentRow, { id: deploymentId });
    if (deployment.releaseId !== null) return;
    const build = await manager.findOneByOrFail(BuildRow, { deploymentId });
    if (!build.result) throw new Error(`build ${build.id} succeeded without a result`);
    const { id } = await this.#insert(manager, deployment, {
      ...draftOf(build.result),
      reproducible: build.reproducible,
      description: deployment.description,
    });
    const change = { releaseId: id, plan: build.result.plan };
    await manager.update(DeploymentRow, { id: deploymentId }, change);
  }

  /** The same artefact and processes with the variables as they are now. */
  withNewVariables(
    manager: EntityManager,
    target: TargetIds,
    release: ReleaseRow,
    description: string,
  ): Promise<ReleaseRow> {
    const { artefact, artefactSizeBytes, sbom, processes, plan, reproducible } = release;
    return this.#insert(manager, target, {
      artefact,
      artefactSizeBytes,
      sbom,
      processes,
      plan,
      reproducible,
      description,
    });
  }

  async #insert(manager: EntityManager, target: TargetIds, draft: Draft): Promise<ReleaseRow> {
    const { appId, environmentId } = target;
    const { variables, configVersion } = await this.variables.freeze(target, manager);
    const row = manager.create(ReleaseRow, {
      id: uuidv7(),
      appId,
      environmentId,
      version: (await newestVersion(manager, target)) + 1,
      artefact: draft.artefact,
      artefactSizeBytes: draft.artefactSizeBytes,
      sbom: draft.sbom,
      processes: draft.processes,
      plan: draft.plan,
      reproducible: draft.reproducible,
      description: draft.description,
      configVersion: String(configVersion),
      variables,
      createdAt: new Date(),
    });
    await manager.insert(ReleaseRow, row);
    return row;
  }
}

const draftOf = (
  result: BuildResult,
): Pick<Draft, "artefact" | "artefactSizeBytes" | "sbom" | "processes" | "plan"> => ({
  artefact: result.artefact,
  artefactSizeBytes: String(result.artefactSizeBytes),
  sbom: result.sbom,
  processes: result.plan.processes,
  plan: result.plan,
});

async function newestVersion(
  manager: EntityManager,
  { appId, environmentId }: TargetIds,
): Promise<number> {
  const newest = await manager.maximum(ReleaseRow, "version", { appId, environmentId });
  return newest ?? 0;
}
