import { randomUUID } from "node:crypto";
import { chown, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InstanceSpec } from "@bastide/contracts";
import type { Mount } from "@bastide/runtime";
import { copyTree } from "../disk/copy-tree.ts";
import type { InstanceContext } from "./instance-context.ts";
import { writeInstanceFiles } from "./instance-files.ts";
import type { InstanceHome } from "./instance-home.ts";
import { dependenciesMount } from "./run-spec.ts";

type Context = Pick<InstanceContext, "artefacts" | "installation" | "hasMounts">;

/** Makes what an instance needs before its first start. Done again after a kill, it begins anew; `data` is never emptied. */
export async function prepareInstance(
  context: Context,
  home: InstanceHome,
  spec: InstanceSpec,
  uid: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(home.directory, { recursive: true, mode: 0o700 });
  await mkdir(dirname(home.stdout), { recursive: true, mode: 0o700 });
  await mkdir(home.state, { recursive: true, mode: 0o700 });
  await makeOwned(home.data, uid);
  await writeInstanceFiles(home.files, spec.files, uid);
  await makeApp(context, home, spec, uid, signal);
}

/** The mounts that an artefact adds to every start. */
export async function artefactMounts(
  context: Context,
  spec: InstanceSpec,
  signal: AbortSignal,
): Promise<readonly Mount[]> {
  const { artefact } = spec;
  if (artefact.kind === "installed") return context.installation.brick(artefact.brick);
  const { directory, hasDependencies } = await context.artefacts.get(artefact.digest, signal);
  return hasDependencies && context.hasMounts ? [dependenciesMount(directory)] : [];
}

async function makeApp(
  context: Context,
  home: InstanceHome,
  { artefact }: InstanceSpec,
  uid: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (artefact.kind === "installed") return makeOwned(home.app, uid);
  const cached = await context.artefacts.get(artefact.digest, signal);
  const temporary = join(home.directory, `app.${randomUUID()}`);
  try {
    await copyTree(cached.app, temporary, uid, signal);
    if (cached.hasDependencies && !context.hasMounts)
      await symlink(join(cached.directory, "node_modules"), join(temporary, "node_modules"));
    await rm(home.app, { recursive: true, force: true });
    await rename(temporary, home.app);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function makeOwned(directory: string, uid: number | undefined): Promise<void> {
  // The sandbox enters it before it takes on the instance's user, with no capability left: it needs the way through.
  await mkdir(directory, { recursive: true, mode: 0o711 });
  if (uid !== undefined) await chown(directory, uid, uid);
}
