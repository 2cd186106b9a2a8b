import { homedir } from "node:os";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** In the XDG configuration directory (basedir specification), readable by its owner only. */
export function loginFile(environment: Environment): string {
  const base = environment["XDG_CONFIG_HOME"];
  return join(
    base === undefined || base === "" ? join(homedir(), ".config") : base,
    "bastide/login.json",
  );
}
