import { z } from "zod";

/** A DNS label: lower-case letters, digits and single hyphens, 1 to 40 characters, starting with a letter (RFC 1035 §2.3.1). */
const LABEL = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}$/;

/** Host names that the platform answers itself, so that no app may take them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(["bastide", "localhost", "www"]);

const label = (what: string) =>
  z
    .string()
    .regex(
      LABEL,
      `${what} must start with a letter and hold only a-z, 0-9 and single hyphens, 40 characters at most ("--" separates app and environment in host names)`,
    );

export const OrganisationName: z.ZodString = label("an organisation's name");
export const ProjectName: z.ZodString = label("a project's name");
export const EnvironmentName: z.ZodString = label("an environment's name");
export const ProcessName: z.ZodString = label("a process's name");
export const NodeName: z.ZodString = label("a node's name");

/** App names are host names: unique on the whole platform, and some are reserved. */
export const AppName: z.ZodType<string> = label("an app's name").refine(
  (name) => !RESERVED_NAMES.has(name),
  {
    error: (issue) => `"${String(issue.input)}" is reserved for the platform; choose another name`,
  },
);

/** UUID version 7 (RFC 9562 §5.7), made by the application and never by the database. */
export const Id: z.ZodString = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    "an id is a UUID version 7",
  );

/** Content address of a blob: the SHA-256 of its bytes. */
export const Digest: z.ZodString = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "a digest is sha256: and 64 hexadecimal digits");

export const Timestamp: z.ZodISODateTime = z.iso.datetime();

/** The environment whose apps have the bare host name. */
export const PRODUCTION = "production";

/** The host name's first label: `shop` in production, `shop--staging` elsewhere. */
export function hostLabel(app: string, environment: string): string {
  return environment === PRODUCTION ? app : `${app}--${environment}`;
}
