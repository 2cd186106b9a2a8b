import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRoot, nameOfUser } from "../machine/user.ts";
import type { Cluster } from "./cluster.ts";
import { ACCESS_FILE, identitiesFile, settingsFile } from "./settings.ts";

/** Writes the server's three configuration files. */
export function configure(cluster: Cluster, dataDirectory: string): void {
  const files = {
    "postgresql.conf": settingsFile({
      socketDirectory: cluster.socketDirectory,
      major: cluster.binaries.major,
    }),
    "pg_hba.conf": ACCESS_FILE,
    "pg_ident.conf": identitiesFile(nameOfUser(cluster.user.uid) ?? "nobody"),
  };
  for (const [name, content] of Object.entries(files)) {
    const file = join(dataDirectory, name);
    writeFileSync(file, content, { mode: 0o600 });
    if (isRoot()) chownSync(file, cluster.user.uid, cluster.user.gid);
  }
}
