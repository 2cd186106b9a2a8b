import { join } from "node:path";
import type { HaResource } from "@bastide/contracts";
import type { WardenOrder } from "./warden-order.ts";

/** Whom programs run as where we are root: nobody. */
export const NOBODY = 65_534;

/** A warden that died before it became the program's death signal leaves nothing behind that could begin. */
const BELOW_ITS_WARDEN = '[ "$PPID" = "$0" ] && exec "$@"';

export interface ProgramSettings {
  readonly spec: HaResource;
  readonly directory: string;
  readonly installation: string;
  readonly node: string;
  /** The node's address: what the program listens at. */
  readonly host: string;
}

/** How a program of a service is run, below the warden of this process id. */
export function programCommand(
  { spec, directory, installation, node, host }: ProgramSettings,
  warden: number,
): Pick<Extract<WardenOrder, { kind: "run" }>, "command" | "directory" | "environment"> {
  const user = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
  return {
    command: [
      "setpriv",
      ...(process.getuid?.() === 0 ? user : []),
      "--no-new-privs",
      "--pdeathsig",
      "KILL",
      "sh",
      "-c",
      BELOW_ITS_WARDEN,
      `${warden}`,
      process.execPath,
      join(installation, spec.program),
    ],
    directory: join(directory, "data"),
    environment: {
      ...spec.environmentVariables,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      NODE_ENV: "production",
      TZ: "UTC",
      BASTIDE_NODE: node,
      BASTIDE_HOST: host,
      BASTIDE_PORT: String(spec.port),
      // Below where it starts, since it may not be allowed to walk there from the root.
      BASTIDE_DATA_DIR: ".",
      BASTIDE_EPOCH_FILE: "../epoch",
    },
  };
}
