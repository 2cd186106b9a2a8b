import { z } from "zod";
import {
  AppName,
  EnvironmentName,
  Id,
  OrganisationName,
  ProcessName,
  ProjectName,
  Timestamp,
} from "../identifiers.ts";

export const App = z.object({
  id: Id,
  name: AppName,
  organisation: OrganisationName,
  project: ProjectName,
  createdAt: Timestamp,
  /** One per environment it was deployed to. */
  environments: z.array(
    z.object({
      environment: EnvironmentName,
      url: z.string().optional(),
      currentRelease: Id.optional(),
      version: z.number().int().optional(),
    }),
  ),
});
export type App = z.infer<typeof App>;

/** An app that was deleted, and whether every gateway acts by it now: none leads to it any more. */
export const AppDeleted = z.object({ inForce: z.boolean() });
export type AppDeleted = z.infer<typeof AppDeleted>;

/** How many instances of each process run; 0 stops it. */
export const Formation = z.record(ProcessName, z.number().int().min(0).max(100));
export type Formation = z.infer<typeof Formation>;

const VariableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    "a variable's name has letters, digits and _, and no digit first",
  )
  .refine((name) => !["PORT", "HOST"].includes(name), "PORT and HOST are set by the platform");

/** Set or unset variables of one app in one environment; running instances are replaced one by one. */
export const ChangeVariables = z.strictObject({
  set: z
    .record(
      VariableName,
      z.strictObject({ value: z.string().max(32_768), secret: z.boolean().default(false) }),
    )
    .default({}),
  unset: z.array(VariableName).max(500).default([]),
});
export type ChangeVariables = z.infer<typeof ChangeVariables>;

/** A secret's value is never given back. */
export const Variable = z.object({
  name: z.string(),
  secret: z.boolean(),
  value: z.string().optional(),
  updatedAt: Timestamp,
});
export type Variable = z.infer<typeof Variable>;
