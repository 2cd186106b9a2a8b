import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Person } from "../machine/confinement.ts";

/** Writes a file so that it is there with all its content or as it was before, also after a power cut. */
export function writeFileAtomically(
  file: string,
  content: string,
  options: { readonly mode: number; readonly owner?: Person },
): void {
  const temporary = `${file}.${process.pid}.new`;
  try {
    const fd = openSync(temporary, "w", options.mode);
    try {
      // The mode given to open(2) is masked by the umask.
      fchmodSync(fd, options.mode);
      writeSync(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (options.owner !== undefined) chownSync(temporary, options.owner.uid, options.owner.gid);
    renameSync(temporary, file);
    syncDirectory(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gives a file that is there another content; its mode stays, for root its owner too, and a link stays a link. */
export function replaceFile(file: string, content: string): void {
  const target = realpathSync(file);
  const { mode, uid, gid } = statSync(target);
  const owner = process.getuid?.() === 0 ? { owner: { uid, gid } } : {};
  writeFileAtomically(target, content, { mode: mode & 0o7777, ...owner });
}

export function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
