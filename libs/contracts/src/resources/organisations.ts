import { z } from "zod";
import { EnvironmentName, Id, OrganisationName, ProjectName, Timestamp } from "../identifiers.ts";

export const CreateOrganisation = z.strictObject({ name: OrganisationName });
export const Organisation = z.object({ id: Id, name: OrganisationName, createdAt: Timestamp });
export type Organisation = z.infer<typeof Organisation>;

export const CreateProject = z.strictObject({ name: ProjectName });
export const Project = z.object({
  id: Id,
  name: ProjectName,
  organisation: OrganisationName,
  createdAt: Timestamp,
});
export type Project = z.infer<typeof Project>;

export const CreateEnvironment = z.strictObject({ name: EnvironmentName });
export const Environment = z.object({
  id: Id,
  name: EnvironmentName,
  project: ProjectName,
  createdAt: Timestamp,
});
export type Environment = z.infer<typeof Environment>;

/** Who the token says you are. */
export const Identity = z.object({
  user: z.string(),
  platformAdmin: z.boolean(),
  roles: z.array(z.object({ organisation: OrganisationName, role: z.string() })),
  expiresAt: Timestamp.optional(),
});
export type Identity = z.infer<typeof Identity>;
