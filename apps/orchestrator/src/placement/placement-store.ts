import { PlacementSettings, Quota } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { z } from "zod";
import { TargetsService } from "../apps/targets.service.ts";
import { OrganisationsService } from "../organisations/organisations.service.ts";
import type { OrganisationRow } from "../organisations/organisation.row.ts";
import { policyFault } from "../policies/policy-fault.ts";
import { keyOf, type TargetIds, type TargetKey } from "../targets/target.ts";
import { contradictionOf } from "./domain/contradictions.ts";
import { PlacementQuotaRow } from "./placement-quota.row.ts";
import { PlacementSettingsRow } from "./placement-settings.row.ts";

/** What cannot be understood, of a version that knew more perhaps, lets its own organisation add nothing. */
const NO_ROOM: Quota = { instances: 0, memoryMb: 0, cpus: 0 };
const NamedQuotas = z.array(z.object({ name: z.string(), quota: Quota.catch(NO_ROOM) }));
const NamedApps = z.array(z.object({ id: z.string(), name: z.string() }));

const APPS_BESIDE =
  "select a.id, a.name from apps a join environments e on e.project_id = a.project_id where e.id = $1 order by a.name";

/** What was said of placement: on record, and in memory, where decisions find it. Nobody else writes it. */
@Injectable()
export class PlacementStore {
  readonly #settings = new Map<TargetKey, PlacementSettings>();
  /** Replaced where anything of it changes. */
  #quotas: ReadonlyMap<string, Quota> = new Map();
  readonly #listeners = new Set<(key: TargetKey) => void>();
  #loading: Promise<void> | undefined;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: DataSource,
    private readonly targets: TargetsService,
    organisations: OrganisationsService,
  ) {
    organisations.onDeleted((name) => {
      this.#quotas = new Map([...this.#quotas].filter(([other]) => other !== name));
    });
  }

  /** Read once; again after a write of which nobody knows whether it was recorded. */
  load(): Promise<void> {
    return (this.#loading ??= this.#read().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    }));
  }

  /** Called with each target of which something else is said now. */
  onChanged(listener: (key: TargetKey) => void): void {
    this.#listeners.add(listener);
  }

  /** As loaded. */
  of(target: TargetIds): PlacementSettings {
    return this.#settings.get(keyOf(target)) ?? {};
  }

  /** By the names of organisations, as loaded: another object after each change. */
  get quotas(): ReadonlyMap<string, Quota> {
    return this.#quotas;
  }

  /**
   * Throws `invalid-request` for a policy that doesn't compile, with its place, and for what no node could ever meet, of
   * this app or of another that was well before.
   */
  async set(target: TargetIds, settings: PlacementSettings): Promise<void> {
    refuseFaultyPolicy(settings);
    const { appId, environmentId } = target;
    await this.#write(async () => {
      await this.#refuseContradictions(target, settings);
      await this.targets.ensure(target);
      await this.database
        .getRepository(PlacementSettingsRow)
        .upsert({ appId, environmentId, settings, updatedAt: new Date() }, [
          "appId",
          "environmentId",
        ]);
      this.#put(keyOf(target), settings);
    });
  }

  /** Of what is deleted nothing is said any more. */
  forget(isDeleted: (key: TargetKey) => boolean): void {
    for (const key of this.#settings.keys()) if (isDeleted(key)) this.#settings.delete(key);
  }

  async setQuota({ id, name }: OrganisationRow, quota: Quota): Promise<void> {
    await this.#write(async () => {
      await this.database
        .getRepository(PlacementQuotaRow)
        .upsert({ organisationId: id, quota, updatedAt: new Date() }, ["organisationId"]);
      this.#quotas = new Map([...this.#quotas, [name, quota]]);
    });
  }

  async #refuseContradictions(target: TargetIds, settings: PlacementSettings): Promise<void> {
    const apps = NamedApps.parse(await this.database.query(APPS_BESIDE, [target.environmentId]));
    const { environmentId } = target;
    const before = new Map(
      apps.map(({ id, name }) => [name, this.of({ appId: id, environmentId })]),
    );
    const changed = apps.find(({ id }) => id === target.appId)?.name ?? "";
    const after = new Map([...before, [changed, settings]]);
    for (const app of after.keys()) {
      const contradiction = contradictionOf(app, after);
      if (contradiction === undefined || contradictionOf(app, before) === contradiction) continue;
      throw new ProblemError("invalid-request", `no node could run ${app} then: ${contradiction}`, {
        errors: [{ path: "body", message: contradiction }],
      });
    }
  }

  async #read(): Promise<void> {
    const rows = await this.database.getRepository(PlacementSettingsRow).find();
    const quotas: unknown = await this.database.query(
      "select o.name, q.quota from placement_quotas q join organisations o on o.id = q.organisation_id",
    );
    this.#quotas = new Map(NamedQuotas.parse(quotas).map(({ name, quota }) => [name, quota]));
    for (const row of rows) this.#put(keyOf(row), settingsOf(row));
  }

  /** One after the other, so that what is in memory is what was recorded last. */
  #write(act: () => Promise<void>): Promise<void> {
    const written = this.#writes
      .then(() => this.load())
      .then(act)
      .catch((error: unknown) => {
        this.#loading = undefined;
        throw error;
      });
    this.#writes = written.catch(() => undefined);
    return written;
  }

  #put(key: TargetKey, settings: PlacementSettings): void {
    this.#settings.set(key, settings);
    for (const listener of this.#listeners) listener(key);
  }
}

/** What cannot be understood, of a version that knew more perhaps, lets its own app go nowhere and stops no other. */
function settingsOf({ settings }: PlacementSettingsRow): PlacementSettings {
  const parsed = PlacementSettings.safeParse(settings);
  return parsed.success ? parsed.data : { policy: "deny if true;" };
}

function refuseFaultyPolicy({ policy }: PlacementSettings): void {
  const fault = policy === undefined ? undefined : policyFault(policy);
  if (!fault) return;
  const where = fault.line === undefined ? "" : ` (line ${fault.line}, column ${fault.column})`;
  throw new ProblemError("invalid-request", `the policy does not parse${where}: ${fault.message}`, {
    errors: [{ path: "body.policy", ...fault }],
  });
}
