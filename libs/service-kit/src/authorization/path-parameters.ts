import {
  AppName,
  Digest,
  EnvironmentName,
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

const Parameters = z.record(z.string(), z.string());

/** Checks the form of every path parameter, so that none reaches a policy or a query unchecked. Throws `invalid-request`. */
export function pathParametersOf(value: unknown): Record<string, string> {
  const parameters = parseInput(Parameters, value, "path");
  const shape = Object.fromEntries(
    Object.keys(parameters).map((name) => [name, SCHEMAS[name] ?? z.never()]),
  );
  return parseInput(z.strictObject(shape), parameters, "path");
}
