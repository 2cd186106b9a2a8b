import { type RouteRule, RouteSettings } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { TargetsService } from "../apps/targets.service.ts";
import { NotUsable } from "../certificates/domain/pem.ts";
import { policyFault } from "../policies/policy-fault.ts";
import type { TargetIds } from "../targets/target.ts";
import { readAuthorities } from "./domain/client-authorities.ts";
import { RouteSettingsRow } from "./route-settings.row.ts";

/** Most paths of one app in one environment that have settings of their own. */
const MOST_RULES = 50;

/** What was said of an app's paths, as it is recorded. */
@Injectable()
export class RouteRules {
  constructor(
    private readonly database: DataSource,
    private readonly targets: TargetsService,
  ) {}

  async list({ appId, environmentId }: TargetIds): Promise<RouteRule[]> {
    const rows = await this.database
      .getRepository(RouteSettingsRow)
      .find({ where: { appId, environmentId }, order: { path: "ASC" } });
    return rows.map(ruleOf);
  }

  /**
   * Throws `invalid-request` for a policy that does not compile, with its place, for client authorities that are none,
   * and for one path too many.
   */
  async set(target: TargetIds, path: string, settings: RouteSettings): Promise<RouteRule> {
    refuseFaultyPolicy(settings);
    const { appId, environmentId } = target;
    const now = new Date();
    return this.database.transaction(async (manager) => {
      await this.targets.lock(target, manager);
      const others = await manager.countBy(RouteSettingsRow, { appId, environmentId });
      const known = await manager.findOneBy(RouteSettingsRow, { appId, environmentId, path });
      if (!known && others >= MOST_RULES)
        throw new ProblemError(
          "invalid-request",
          `${others} paths have settings of their own, and ${MOST_RULES} is the most; unset one first`,
        );
      const kept = withAuthorities(settings, known ? ruleOf(known).settings : {}, now);
      const row = { appId, environmentId, path, settings: kept, updatedAt: now };
      await manager.upsert(RouteSettingsRow, row, ["appId", "environmentId", "path"]);
      return ruleOf(row);
    });
  }

  /** Throws `not-found` when the path has none. */
  async unset({ appId, environmentId }: TargetIds, path: string): Promise<void> {
    const rows = this.database.getRepository(RouteSettingsRow);
    const { affected } = await rows.delete({ appId, environmentId, path });
    if (affected === 0)
      throw new ProblemError("not-found", `the path ${path} has no settings of its own`);
  }
}

const ruleOf = ({ path, settings, updatedAt }: RouteSettingsRow): RouteRule => ({
  path,
  settings: RouteSettings.parse(settings),
  updatedAt: updatedAt.toISOString(),
});

/** In the form that every gateway reads alike. Those that were there before stay, whatever has become of them since. */
function withAuthorities(settings: RouteSettings, before: RouteSettings, now: Date): RouteSettings {
  const { clientAuthorities } = settings;
  if (clientAuthorities === undefined || clientAuthorities === before.clientAuthorities)
    return settings;
  try {
    return { ...settings, clientAuthorities: readAuthorities(clientAuthorities, now) };
  } catch (error) {
    if (error instanceof NotUsable) throw new ProblemError("invalid-request", error.message);
    throw error;
  }
}

function refuseFaultyPolicy({ authorization }: RouteSettings): void {
  if (authorization?.kind !== "biscuit") return;
  const fault = policyFault(authorization.policy);
  if (!fault) return;
  const where = fault.line === undefined ? "" : ` (line ${fault.line}, column ${fault.column})`;
  throw new ProblemError("invalid-request", `the policy does not parse${where}: ${fault.message}`, {
    errors: [{ path: "body.authorization.policy", ...fault }],
  });
}
