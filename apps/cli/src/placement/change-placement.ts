import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type ApiClient,
  ApiError,
  endpoints,
  OrganisationName,
  PlacementSettings,
} from "@bastide/contracts";
import { connect } from "../api/connection.ts";
import { within } from "../api/deadline.ts";
import { type Target, targetOf, titleOf } from "../api/target.ts";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import type { RouteOptions } from "../routes/route-target.ts";
import { placementLines, placeLines, quotaLines } from "./describe-placement.ts";
import { UNSET_PLACEMENT } from "./placement-options.ts";
import {
  type PlacementOptions,
  placementOfOptions,
  placeOfOptions,
  type PlaceOptions,
  quotaOfOptions,
  type QuotaOptions,
} from "./settings-of-options.ts";

interface Found {
  readonly client: ApiClient;
  readonly target: Target;
  readonly settings: PlacementSettings;
}

/** `bastide placement set`. What is not named stays as it is. */
export async function setPlacement(
  app: string,
  options: RouteOptions & PlacementOptions,
  context: Context,
): Promise<number> {
  const policy = await policyOf(options, context);
  const found = await find(app, options, context);
  const settings = placementOfOptions({ ...options, policy }, found.settings);
  if (JSON.stringify(settings) === JSON.stringify(found.settings))
    throw new Failure("usage", `nothing to set for ${titleOf(found.target)}`, {
      fix: "say what: bastide placement set shop --spread region; --help lists everything",
    });
  return put(found, settings, context);
}

/** `bastide placement unset`: some settings, or all of them. */
export async function unsetPlacement(
  app: string,
  names: readonly string[],
  options: RouteOptions,
  context: Context,
): Promise<number> {
  const removed = new Set(names.map(settingOf));
  const found = await find(app, options, context);
  const kept = Object.entries(found.settings).filter(([name]) => !removed.has(name));
  return put(
    found,
    names.length === 0 ? {} : PlacementSettings.parse(Object.fromEntries(kept)),
    context,
  );
}

/** `bastide placement show`. */
export async function showPlacement(
  app: string,
  options: RouteOptions,
  context: Context,
): Promise<number> {
  tell(await find(app, options, context), context);
  return 0;
}

/** `bastide placement quota`: shows it, or changes what is named. */
export async function changeQuota(
  word: string,
  options: QuotaOptions,
  context: Context,
): Promise<number> {
  const organisation = OrganisationName.parse(word);
  const { client } = await connect(context);
  const parameters = { organisation };
  const before = await client.call(endpoints.placement.quota, {
    parameters,
    signal: within(context.signal),
  });
  const wanted = quotaOfOptions(options, before);
  const isSame = JSON.stringify(wanted) === JSON.stringify(before);
  const quota = isSame
    ? before
    : await client.call(endpoints.placement.setQuota, {
        parameters,
        body: wanted,
        signal: within(context.signal),
      });
  context.output.answer(quota, () => `${organisation}: ${quotaLines(quota).join(", ")}`);
  return 0;
}

/** `bastide node place`. What is not named stays as it is. */
export async function placeNode(
  node: string,
  options: PlaceOptions,
  context: Context,
): Promise<number> {
  const { client } = await connect(context);
  const parameters = { node };
  const known = await client.call(endpoints.nodes.get, {
    parameters,
    signal: within(context.signal),
  });
  const { place } = await client.call(endpoints.nodes.place, {
    parameters,
    body: placeOfOptions(options, known.place),
    signal: within(context.signal),
  });
  context.output.answer(place, () =>
    [`${node}:`, ...placeLines(place).map((line) => `  ${line}`)].join("\n"),
  );
  return 0;
}

async function find(app: string, options: RouteOptions, context: Context): Promise<Found> {
  const target = await targetOf({ ...options, app }, context);
  const { client } = await connect(context);
  const call = { parameters: target, signal: within(context.signal) };
  // Before the first deployment the environment may not be there: then nothing was said of it either.
  const settings = await client.call(endpoints.placement.settings, call).catch(notThere);
  return { client, target, settings };
}

function notThere(error: unknown): PlacementSettings {
  if (error instanceof ApiError && error.problem.code === "not-found") return {};
  throw error;
}

async function policyOf(
  { policy, "policy-file": file }: PlacementOptions,
  { workingDirectory }: Context,
): Promise<string | undefined> {
  if (file === undefined) return policy;
  if (policy !== undefined)
    throw new Failure("usage", "give either --policy or --policy-file, not both");
  return readFile(resolve(workingDirectory, file), "utf8");
}

function settingOf(word: string): string {
  const setting = Object.entries(UNSET_PLACEMENT).find(([name]) => name === word)?.[1];
  if (setting !== undefined) return setting;
  throw new Failure("usage", `there is no setting "${word}"`, {
    fix: `there are ${Object.keys(UNSET_PLACEMENT).join(", ")}`,
  });
}

async function put(found: Found, body: PlacementSettings, context: Context): Promise<number> {
  const settings = await found.client.call(endpoints.placement.set, {
    parameters: found.target,
    body,
    signal: within(context.signal),
  });
  tell({ ...found, settings }, context);
  return 0;
}

function tell({ target, settings }: Found, { output }: Context): void {
  const lines = placementLines(settings);
  output.answer(settings, () =>
    lines.length === 0
      ? `${titleOf(target)} may run on every node`
      : [`${titleOf(target)}:`, ...lines.map((line) => `  ${line}`)].join("\n"),
  );
}
