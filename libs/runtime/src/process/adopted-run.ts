import { type FSWatcher, watch } from "node:fs";
import type { RunHandle } from "../driver.ts";
import { currentBootId, isAlive } from "./proc.ts";
import { readStatus, stateFiles } from "./run-record.ts";

const POLL_MS = 100;

/**
 * Waits for the end of a run that another process started. Somebody else's child gives no notice: it is looked for, and
 * bubblewrap's own note of the end, which comes at once, is watched.
 */
export async function waitForAdopted(handle: RunHandle, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const notes = watchNotes(handle.stateDirectory);
  const isThere = (): boolean => handle.bootId === currentBootId() && isAlive(handle);
  const isNoted = (): boolean => readStatus(handle.stateDirectory).exitCode !== undefined;
  try {
    // It may have been noted before we watched.
    let isNews = true;
    while (isThere() && !(isNews && isNoted())) isNews = await nextLook(notes, signal);
  } finally {
    notes?.close();
  }
}

/** Undefined where there is nothing to watch: a run without a sandbox has no such file. */
function watchNotes(stateDirectory: string): FSWatcher | undefined {
  try {
    const watcher = watch(stateFiles(stateDirectory).status, { persistent: false });
    return watcher.on("error", () => watcher.close());
  } catch {
    return undefined;
  }
}

/** Resolves after a while, with false, or as soon as something is noted, with true. */
function nextLook(notes: FSWatcher | undefined, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (isNews: boolean): void => {
      clearTimeout(timer);
      notes?.off("change", onNote);
      signal.removeEventListener("abort", onAbort);
      if (signal.aborted) reject(signal.reason);
      else resolve(isNews);
    };
    const onNote = (): void => settle(true);
    const onAbort = (): void => settle(false);
    const timer = setTimeout(onAbort, POLL_MS);
    notes?.once("change", onNote);
    signal.addEventListener("abort", onAbort);
  });
}
