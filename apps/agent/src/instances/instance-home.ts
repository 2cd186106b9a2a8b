import { join } from "node:path";

/** Where one instance's things lie, on the host. Nothing of it but `app`, `data` and `files` is shown to the instance. */
export interface InstanceHome {
  readonly directory: string;
  readonly record: string;
  /** Its own writable copy of the artefact. */
  readonly app: string;
  /** Survives restarts. */
  readonly data: string;
  readonly files: string;
  readonly stdout: string;
  readonly stderr: string;
  /** The runtime driver's. */
  readonly state: string;
}

export function homeOf(instances: string, id: string): InstanceHome {
  const directory = join(instances, id);
  return {
    directory,
    record: join(directory, "record.json"),
    app: join(directory, "app"),
    data: join(directory, "data"),
    files: join(directory, "files"),
    stdout: join(directory, "logs", "stdout.log"),
    stderr: join(directory, "logs", "stderr.log"),
    state: join(directory, "state"),
  };
}
