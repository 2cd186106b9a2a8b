import {
  AppName,
  Digest,
  EnvironmentName,
  HaServiceName,
  Id,
  NodeName,
  OrganisationName,
  ProjectName,
} from "@bastide/contracts";
import { z } from "zod";
import { parseInput } from "../http/validation.ts";

const SCHEMAS: Readonly<Record<string, z.ZodType<string>>> = {
  organisation: OrganisationName,
  project: ProjectName,
  app: AppName,
  environment: EnvironmentName,
  node: NodeName,
  service: HaServiceName,
  gateway: NodeName,
  deployment: Id,
  release: Id,
  instance: Id,
  digest: Digest,
  // What a domain may be is said in words by whoever adds one; here only that it is short and printable.
  domain: z
    .string()
    .max(255)
    .regex(/^[^\s/\p{Cc}]+$/u, "must be a host name"),
};

type Shape = Record<string, z.ZodType<string>>;

/** By the names of the parameters, of which there are as many sets as there are kinds of paths in the API. */
const byNames = new Map<string, z.ZodObject<Shape>>();

function schemaOf(names: readonly string[]): z.ZodObject<Shape> {
  const key = names.join("/");
  const known = byNames.get(key);
  if (known) return known;
  const shape: Shape = Object.fromEntries(names.map((name) => [name, SCHEMAS[name] ?? z.never()]));
  const made = z.strictObject(shape);
  byNames.set(key, made);
  return made;
}

/** Checks the form of every path parameter, so that none reaches a policy or a query unchecked. Throws `invalid-request`. */
export function pathParametersOf(value: unknown): Record<string, string> {
  const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return parseInput(schemaOf(names), value, "path");
}
