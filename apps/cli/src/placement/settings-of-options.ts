import { issueMessage, NodePlace, PlacementSettings, Quota } from "@bastide/contracts";
import type { z } from "zod";
import type { Options } from "../command-line/command.ts";
import { Failure } from "../command-line/failure.ts";
import type { PLACE_OPTIONS, PLACEMENT_OPTIONS, QUOTA_OPTIONS } from "./placement-options.ts";

export type PlacementOptions = Options<typeof PLACEMENT_OPTIONS>;
export type PlaceOptions = Options<typeof PLACE_OPTIONS>;
export type QuotaOptions = Options<typeof QUOTA_OPTIONS>;

type Draft = Record<string, unknown>;

/** What the options say, put over the settings there are; what they do not name stays. Throws Failure `usage`. */
export function placementOfOptions(
  options: Omit<PlacementOptions, "policy-file">,
  before: PlacementSettings,
): PlacementSettings {
  const spread = options.spread.map(spreadOf);
  const affinities = affinitiesOf(options);
  const labels = labelsOf(options.label);
  const reserve = {
    ...before.reserve,
    ...(options.memory === undefined ? {} : { memoryMb: options.memory }),
    ...(options.cpus === undefined ? {} : { cpus: Number(options.cpus) }),
  };
  return checked(PlacementSettings, "bastide placement set --help", {
    ...before,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    ...(labels ? { labels: { ...before.labels, ...labels } } : {}),
    ...(spread.length > 0 ? { spread } : {}),
    ...(affinities.length > 0 ? { affinities } : {}),
    ...(Object.keys(reserve).length > 0 ? { reserve } : {}),
  });
}

/** The same of what is said of a node. */
export function placeOfOptions(options: PlaceOptions, before: NodePlace): NodePlace {
  const said: Draft = {
    region: one(options.region),
    country: one(options.country),
    operator: one(options.operator),
    operator_law: several(options.law),
    memory_encryption: several(options["memory-encryption"]),
    certification: several(options.certification),
  };
  const labels = labelsOf(options.label);
  const kept = options.clear ? {} : before;
  return checked(NodePlace, "bastide node place --help", {
    ...kept,
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(labels ? { labels: { ...kept.labels, ...labels } } : {}),
  });
}

/** The same of an organisation's quota. */
export const quotaOfOptions = (options: QuotaOptions, before: Quota): Quota =>
  checked(Quota, "bastide placement quota --help", {
    ...(options.unlimited ? {} : before),
    ...(options.instances === undefined ? {} : { instances: options.instances }),
    ...(options.memory === undefined ? {} : { memoryMb: options.memory }),
    ...(options.cpus === undefined ? {} : { cpus: Number(options.cpus) }),
  });

const one = (value: string | undefined): string[] | undefined =>
  value === undefined ? undefined : [value];

const several = (values: readonly string[]): readonly string[] | undefined =>
  values.length === 0 ? undefined : values;

function labelsOf(words: readonly string[]): Record<string, string> | undefined {
  if (words.length === 0) return undefined;
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
      throw new Failure("usage", `--label is "${word}", but must be name=value`);
    }),
  );
}

function spreadOf(word: string): Draft {
  const [over = "", most] = word.split("=");
  return { over, ...(most === undefined ? {} : { most: Number(most) }) };
}

const KINDS = [
  ["with", "with", true],
  ["apart", "apart", true],
  ["prefer-with", "with", false],
  ["prefer-apart", "apart", false],
] as const;

const affinitiesOf = (options: Omit<PlacementOptions, "policy-file">): Draft[] =>
  KINDS.flatMap(([option, kind, hard]) =>
    options[option].map((word) => {
      const [app = "", process] = word.split("/");
      return { kind, app, hard, ...(process === undefined ? {} : { process }) };
    }),
  );

function checked<Value>(schema: z.ZodType<Value>, fix: string, draft: Draft): Value {
  const parsed = schema.safeParse(draft);
  if (parsed.success) return parsed.data;
  throw new Failure("usage", "that cannot be set", {
    details: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issueMessage(issue)}`),
    fix,
  });
}
