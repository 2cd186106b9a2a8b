import { readFileSync, rmSync } from "node:fs";
import { writeFileSync, renameSync } from "node:fs";

/** `run/state.json`: what the supervisor is doing, for `status` and `down`. It counts only while its pid lives. */
export interface SupervisorState {
  readonly pid: number;
  readonly phase: "starting" | "running" | "stopping";
  /** The probe app was fetched through the gateway since this start. */
  readonly healthy: boolean;
  readonly startedAt: string;
  readonly url: string;
  readonly services: readonly {
    readonly name: string;
    readonly pid?: number;
    readonly since?: string;
    readonly restarts: number;
  }[];
}

/** Gives the error when it cannot be written, on a full disk for one; the file is then as it was. */
export function tryWriteState(file: string, state: SupervisorState): unknown {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o644 });
    renameSync(`${file}.new`, file);
    return undefined;
  } catch (error) {
    rmSync(`${file}.new`, { force: true });
    return error;
  }
}

export const removeState = (file: string): void => rmSync(file, { force: true });

/** What our own supervisor wrote; undefined when there is nothing readable. */
export function readState(file: string): SupervisorState | undefined {
  try {
    const document: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isState(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

const isState = (document: unknown): document is SupervisorState =>
  typeof document === "object" &&
  document !== null &&
  "phase" in document &&
  "healthy" in document &&
  "services" in document &&
  Array.isArray(document.services);
