import { z } from "zod";
import { GatewayFile } from "./gateway-file.ts";

type Schema = z.core.JSONSchema.BaseSchema;

/** The file's description for editors and tools. */
export const GATEWAY_SCHEMA: Schema = z.toJSONSchema(GatewayFile, { io: "input" });

/** The keys that the file may have at a path, for suggestions. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  return schemasAt(path).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

/** The schemas that hold at a path: several where a value may be of several kinds. */
function schemasAt(path: readonly PropertyKey[]): Schema[] {
  let schemas = alternatives(GATEWAY_SCHEMA);
  for (const step of path) schemas = schemas.flatMap((schema) => below(schema, step));
  return schemas;
}

function below(schema: Schema, step: PropertyKey): Schema[] {
  const { properties, items, additionalProperties } = schema;
  const next =
    properties?.[String(step)] ?? (typeof step === "number" ? items : additionalProperties);
  return typeof next === "object" && !Array.isArray(next) ? alternatives(next) : [];
}

const alternatives = (schema: Schema): Schema[] => [
  schema,
  ...(schema.anyOf ?? schema.oneOf ?? []).filter((one) => typeof one === "object"),
];

/** The candidate that a mistyped word most likely meant: at most a third of its letters differ. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const close = candidates
    .map((candidate) => ({
      candidate,
      distance: distance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter((one) => one.distance <= Math.max(1, Math.ceil(one.candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance);
  return close[0]?.candidate;
}

/** Levenshtein's: insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
