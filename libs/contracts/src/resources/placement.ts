import { z } from "zod";
import type { PLACEMENT_FACTS } from "../authorization/vocabulary.ts";
import { AppName, NodeName, ProcessName } from "../identifiers.ts";

const Values = z
  .array(
    z
      .string()
      .regex(/^[\w.:+-]{1,63}$/, "a value has letters, digits and . : + - _, at most 63 of them"),
  )
  .max(16);

const LabelName = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,62}$/, "a label starts with a small letter and has a-z 0-9 . _ -");
const LabelValue = z
  .string()
  .regex(/^[\w.:+-]{1,63}$/, "a label's value has letters, digits and . : + - _");
export const Labels = z
  .record(LabelName, LabelValue)
  .refine((labels) => Object.keys(labels).length <= 32, "at most 32 labels");

/** Where a node stands and who answers for it, in words of `PLACEMENT_FACTS`; the others a node says of itself. Said by operators: a node cannot vouch for the law that binds it. */
export const NodePlace = z.strictObject({
  region: Values.max(1).optional(),
  /** ISO 3166: `FR`. */
  country: Values.max(1).optional(),
  operator: Values.max(1).optional(),
  /** Every law that reaches who operates the node: `eu`, `us-cloud-act`. */
  operator_law: Values.optional(),
  memory_encryption: Values.optional(),
  certification: Values.optional(),
  labels: Labels.optional(),
} satisfies Partial<Record<keyof typeof PLACEMENT_FACTS | "labels", z.ZodType>>);
export type NodePlace = z.infer<typeof NodePlace>;

const SpreadKey = z
  .string()
  .regex(
    /^(?:host|region|country|operator|label:[a-z][a-z0-9._-]{0,62})$/,
    "spread is over host, region, country, operator or label:<name>",
  );

/** Room that an instance is given, whatever it may take at most: see its limits. */
export const Reserve = z.strictObject({
  memoryMb: z.number().int().min(1).max(1_048_576).optional(),
  /** Cores. */
  cpus: z.number().min(0.001).max(256).optional(),
});

/** Where the instances of an app in an environment may be. */
export const PlacementSettings = z.strictObject({
  /** Datalog over the facts of a node: `check if country($c), ["FR", "DE"].contains($c);`. */
  policy: z.string().min(1).max(16_384).optional(),
  /** Labels that its nodes have. */
  labels: Labels.optional(),
  spread: z
    .array(
      z.strictObject({
        over: SpreadKey,
        /** At most so many of one release in one; absent: as evenly as it goes. */
        most: z.number().int().min(1).max(100).optional(),
      }),
    )
    .max(8)
    .optional(),
  /** Processes of other apps of the environment: where one of them runs, or where none does. */
  affinities: z
    .array(
      z.strictObject({
        kind: z.enum(["with", "apart"]),
        app: AppName,
        process: ProcessName.default("web"),
        /** Never broken; else only wished for. */
        hard: z.boolean().default(true),
      }),
    )
    .max(8)
    .optional(),
  reserve: Reserve.optional(),
});
export type PlacementSettings = z.infer<typeof PlacementSettings>;

const Refusal = z.object({
  /** Of a closed set, see docs/placement.md. */
  code: z.string(),
  fact: z.string(),
});

/** Why the instances of one process are where they are. */
export const ProcessPlacement = z.object({
  process: ProcessName,
  wanted: z.number().int(),
  running: z.number().int(),
  /** What holds whatever the node: a quota, or that there are no nodes. */
  refusals: z.array(Refusal),
  nodes: z.array(
    z.object({
      node: NodeName,
      instances: z.number().int(),
      /** How full it is, from 0 to 1. */
      load: z.number(),
      /** Where one more would go. */
      next: z.boolean(),
      /** Empty where it could take one more. */
      refusals: z.array(Refusal),
    }),
  ),
});
export type ProcessPlacement = z.infer<typeof ProcessPlacement>;

/** A move that would even the nodes out. Nobody makes it but people. */
export const PlacementMove = z.object({
  organisation: z.string(),
  app: z.string(),
  environment: z.string(),
  process: ProcessName,
  from: NodeName,
  to: NodeName,
  /** By how much the fuller of the two nodes is less full afterwards: 0.25 is a quarter of it. */
  gain: z.number(),
});
export type PlacementMove = z.infer<typeof PlacementMove>;

/** What an organisation may use in all; what is absent is not limited. */
export const Quota = z.strictObject({
  instances: z.number().int().min(0).optional(),
  memoryMb: z.number().int().min(0).optional(),
  cpus: z.number().min(0).optional(),
});
export type Quota = z.infer<typeof Quota>;
