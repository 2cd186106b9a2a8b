import { z } from "zod";
import { BuilderError } from "../builder-error.ts";
import type { SourceTree } from "./source-tree.ts";

type Texts = Readonly<Record<string, string>>;

/** The part of package.json that decides how an app is built and started; the rest is npm's affair. */
export interface PackageJson {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly main?: string | undefined;
  readonly scripts: Texts;
  readonly dependencies: Texts;
  readonly devDependencies: Texts;
  readonly optionalDependencies: Texts;
  readonly peerDependencies: Texts;
  readonly engines?: { readonly node?: string | undefined } | undefined;
  readonly packageManager?: string | undefined;
  readonly workspaces?: unknown;
  /** Where pnpm keeps overrides and patches, npm its overrides, Yarn its resolutions: part of what is installed. */
  readonly pnpm?: unknown;
  readonly overrides?: unknown;
  readonly resolutions?: unknown;
}

const texts = z.record(z.string(), z.string()).default({});

const schema: z.ZodType<PackageJson> = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  main: z.string().optional().catch(undefined),
  scripts: texts,
  dependencies: texts,
  devDependencies: texts,
  optionalDependencies: texts,
  peerDependencies: texts,
  engines: z.object({ node: z.string().optional() }).optional().catch(undefined),
  packageManager: z.string().optional(),
  workspaces: z.unknown().optional(),
  pnpm: z.unknown().optional(),
  overrides: z.unknown().optional(),
  resolutions: z.unknown().optional(),
});

/** Throws `invalid-manifest` when it is there and cannot be understood. */
export function readPackageJson(tree: SourceTree): PackageJson | undefined {
  const text = tree.read("package.json");
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text.replace(/^\u{feff}/u, "")));
  } catch (error) {
    throw new BuilderError("invalid-manifest", `package.json cannot be used: ${reason(error)}.`, {
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues
      .map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`)
      .join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** Scripts that npm runs at an install of the app itself: they may read anything in the source. */
const INSTALL_SCRIPTS = [
  "preinstall",
  "install",
  "postinstall",
  "preprepare",
  "prepare",
  "postprepare",
  "prepublish",
  "dependencies",
];

export const installScripts = (app: PackageJson): readonly string[] =>
  INSTALL_SCRIPTS.filter((name) => Object.hasOwn(app.scripts, name));

/** Whether an install has anything to do. */
export const needsInstall = (app: PackageJson): boolean =>
  hasDependencies(app) || app.workspaces !== undefined || installScripts(app).length > 0;

const hasDependencies = (app: PackageJson): boolean =>
  [app.dependencies, app.devDependencies, app.optionalDependencies, app.peerDependencies].some(
    (group) => Object.keys(group).length > 0,
  );

/** Whether there is a script of that name with something in it. */
export const hasScript = (app: PackageJson, name: string): boolean =>
  Object.hasOwn(app.scripts, name) && app.scripts[name]?.trim() !== "";
