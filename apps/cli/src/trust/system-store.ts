import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../command-line/failure.ts";
import { isRoot } from "../machine/user.ts";
import { tryTool } from "./run-tool.ts";
import type { StoreChange, StoreResult } from "./store.ts";

/** Debian's and its derivatives' place for a machine's own authorities (update-ca-certificates(8)). */
const FOLDER = "/usr/local/share/ca-certificates";
const UPDATE = "/usr/sbin/update-ca-certificates";

/** The store of curl, OpenSSL, Python, Go and the like. */
export async function changeSystemStore(
  change: StoreChange,
  folder: string = FOLDER,
): Promise<StoreResult> {
  const store = "system";
  const file = join(folder, `${change.name}.crt`);
  if (!existsSync(UPDATE))
    return {
      store,
      state: "left-out",
      message: `this system has no ${UPDATE}; add the output of \`bastide trust --print\` to its store by its own tool`,
    };
  if (!isRoot()) return { store, state: "left-out", message: asRoot(change, file) };
  try {
    if (change.isRemoval) rmSync(file, { force: true });
    else writeFileSync(file, change.certificate, { mode: 0o644 });
  } catch (error) {
    return { store, state: "failed", message: `${file} cannot be changed: ${messageOf(error)}` };
  }
  // Links to a file that is gone are only cleared by --fresh.
  const problem = await tryTool(UPDATE, change.isRemoval ? ["--fresh"] : []);
  return problem === undefined
    ? { store, state: "done", message: change.isRemoval ? `${file} removed` : file }
    : { store, state: "failed", message: `update-ca-certificates: ${problem}` };
}

const asRoot = ({ isRemoval }: StoreChange, file: string): string =>
  isRemoval
    ? `only root may change it: sudo rm ${file} && sudo update-ca-certificates --fresh`
    : `only root may change it: bastide trust --print | sudo tee ${file} && sudo update-ca-certificates`;
