/** An app in an environment: what is deployed, routed and reconciled as one. Names never change. */
export interface Target {
  readonly appId: string;
  readonly environmentId: string;
  readonly organisation: string;
  readonly project: string;
  readonly app: string;
  readonly environment: string;
}

export type TargetIds = Pick<Target, "appId" | "environmentId">;

declare const brand: unique symbol;
/** A target's identity as one string. */
export type TargetKey = string & { readonly [brand]: "target" };

export const keyOf = ({ appId, environmentId }: TargetIds): TargetKey =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that makes keys
  `${appId}/${environmentId}` as TargetKey;

export function idsOf(key: TargetKey): TargetIds {
  const [appId = "", environmentId = ""] = key.split("/");
  return { appId, environmentId };
}

/** `org/project/app/environment`, as routes name their owner. */
export const ownerOf = ({ organisation, project, app, environment }: Target): string =>
  `${organisation}/${project}/${app}/${environment}`;
