import {
  AppName,
  EnvironmentName,
  OrganisationName,
  PRODUCTION,
  ProjectName,
} from "@bastide/contracts";
import type { z } from "zod";
import type { Context } from "../command-line/context.ts";
import { Failure } from "../command-line/failure.ts";
import type { TARGET_OPTIONS } from "./target-options.ts";
import type { Options } from "../command-line/command.ts";

/** Path parameters of what belongs to one app in one environment. */
export interface Target {
  readonly organisation: string;
  readonly project: string;
  readonly app: string;
  readonly environment: string;
}

/** The app that a command is about: by option, else by the directory that it is called in. */
export async function targetOf(
  options: Options<typeof TARGET_OPTIONS>,
  context: Context,
  directory: string = context.workingDirectory,
): Promise<Target> {
  const { appNameOf } = await import("../deploy/app-name.ts");
  return {
    ...projectOf(options.project ?? context.environment["BASTIDE_PROJECT"]),
    app: check(AppName, options.app ?? (await appNameOf(directory)), "--app"),
    environment: check(EnvironmentName, options.env ?? PRODUCTION, "--env"),
  };
}

export function projectOf(text = "main/main"): { organisation: string; project: string } {
  const [organisation = "", project = "", more] = text.split("/");
  if (more !== undefined || project === "")
    throw new Failure(
      "usage",
      `--project is "${text}", but must be organisation/project, such as main/main`,
    );
  return {
    organisation: check(OrganisationName, organisation, "--project"),
    project: check(ProjectName, project, "--project"),
  };
}

function check(schema: z.ZodType<string>, value: string, option: string): string {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Failure(
    "usage",
    `${option} is "${value}": ${result.error.issues[0]?.message ?? "not valid"}`,
  );
}

/** `shop`, or `shop (staging)`: for people. */
export const titleOf = ({ app, environment }: Target): string =>
  environment === PRODUCTION ? app : `${app} (${environment})`;
