import { Manifest } from "@bastide/contracts";
import { z } from "zod";

/** The part of JSON Schema that says which keys and fixed values there are. */
interface Shape {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly additionalProperties?: Shape | boolean | undefined;
  readonly items?: Shape | undefined;
  readonly anyOf?: readonly Shape[] | undefined;
  readonly oneOf?: readonly Shape[] | undefined;
}

const Shape: z.ZodType<Shape> = z.lazy(() =>
  z.object({
    const: z.unknown().optional(),
    properties: z.record(z.string(), Shape).optional(),
    additionalProperties: z.union([z.boolean(), Shape]).optional(),
    items: Shape.optional(),
    anyOf: z.array(Shape).optional(),
    oneOf: z.array(Shape).optional(),
  }),
);

const manifestShape = Shape.parse(
  z.toJSONSchema(Manifest, { io: "input", unrepresentable: "any" }),
);

/** Every key that the manifest may have at a path; none where it has free keys. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const keys = shapesAt(path).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set(keys)];
}

/** Every fixed value that the manifest may have at a path. */
export const knownValues = (path: readonly PropertyKey[]): readonly string[] =>
  shapesAt(path).flatMap((shape) => (typeof shape.const === "string" ? [shape.const] : []));

function shapesAt(path: readonly PropertyKey[]): readonly Shape[] {
  let shapes: readonly Shape[] = [manifestShape];
  for (const step of path)
    shapes = shapes.flatMap(alternatives).flatMap((shape) => below(shape, step));
  return shapes.flatMap(alternatives);
}

const alternatives = (shape: Shape): readonly Shape[] => [
  shape,
  ...[...(shape.anyOf ?? []), ...(shape.oneOf ?? [])].flatMap(alternatives),
];

function below(shape: Shape, step: PropertyKey): readonly Shape[] {
  if (typeof step === "number") return shape.items === undefined ? [] : [shape.items];
  const named = shape.properties?.[String(step)];
  if (named !== undefined) return [named];
  return typeof shape.additionalProperties === "object" ? [shape.additionalProperties] : [];
}
