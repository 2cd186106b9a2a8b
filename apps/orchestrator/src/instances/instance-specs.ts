import { Injectable } from "@nestjs/common";
import { DataSource, In } from "typeorm";
import type { PlacedSpec } from "../nodes/node-streams.ts";
import { ReleaseRow } from "../releases/release.row.ts";
import type { Target } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { VariableFreezer } from "../variables/variable-freezer.ts";
import { tenantSpec } from "./domain/instance-spec.ts";
import type { InstanceRow } from "./instance.row.ts";

/** A release with what its instances get, secrets readable: held only while specifications are made. */
interface OpenRelease {
  readonly row: ReleaseRow;
  readonly environmentVariables: Readonly<Record<string, string>>;
}

/** Makes the specifications of tenants' instances from their rows. */
@Injectable()
export class InstanceSpecs {
  constructor(
    private readonly database: DataSource,
    private readonly targets: TargetFinder,
    private readonly variables: VariableFreezer,
  ) {}

  /** Leaves out those whose release, process or app is gone: what their node has been told of them stands. */
  async of(rows: readonly InstanceRow[]): Promise<PlacedSpec[]> {
    const [releases, targets] = await Promise.all([
      this.#releases(rows),
      Promise.all(rows.map((row) => this.#target(row))),
    ]);
    const placed: PlacedSpec[] = [];
    for (const [at, row] of rows.entries()) {
      const target = targets[at];
      const release = releases.get(row.releaseId ?? "");
      const made = target && release && specOf(row, target, release);
      if (made) placed.push(made);
    }
    return placed;
  }

  async #releases(rows: readonly InstanceRow[]): Promise<ReadonlyMap<string, OpenRelease>> {
    const ids = new Set(rows.flatMap(({ releaseId }) => releaseId ?? []));
    const found = await this.database.getRepository(ReleaseRow).findBy({ id: In([...ids]) });
    const open = found.map((row) => ({
      row,
      environmentVariables: {
        ...row.plan.environmentVariables,
        ...this.variables.thaw(row, row.variables),
      },
    }));
    return new Map(open.map((release) => [release.row.id, release]));
  }

  async #target({ appId, environmentId }: InstanceRow): Promise<Target | undefined> {
    if (appId === null || environmentId === null) return undefined;
    return this.targets.byIds({ appId, environmentId });
  }
}

function specOf(row: InstanceRow, target: Target, release: OpenRelease): PlacedSpec | undefined {
  const process = release.row.processes[row.process];
  if (!process) return undefined;
  return {
    node: row.node,
    spec: tenantSpec({
      id: row.id,
      target,
      process: row.process,
      spec: process,
      version: release.row.version,
      artefact: release.row.artefact,
      environmentVariables: release.environmentVariables,
    }),
  };
}
