import { spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../command-line/failure.ts";
import { syncDirectory } from "../home/atomic-file.ts";
import { isRoot } from "../machine/user.ts";
import { type Cluster, clusterCommand } from "./cluster.ts";
import { configure } from "./configure.ts";

const TIMEOUT_MS = 120_000;

/**
 * Makes the cluster's data directory with the platform's role and database, unless it is there. It is made under
 * another name and renamed when complete: an interrupted creation leaves nothing that looks like a database.
 */
export async function ensureCluster(cluster: Cluster, password: string): Promise<boolean> {
  if (existsSync(cluster.dataDirectory)) return false;
  const making = `${cluster.dataDirectory}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  if (isRoot()) chownSync(making, cluster.user.uid, cluster.user.gid);
  await run(cluster, making, "initdb", initArguments(cluster, making), "");
  configure(cluster, making);
  // Single-user mode needs no server, no client and no way in; a password of base64url letters needs no quoting.
  const statements = [
    `CREATE ROLE bastide LOGIN PASSWORD '${password}'`,
    "CREATE DATABASE bastide OWNER bastide",
  ];
  const single = ["--single", "-j", "-D", making, "postgres"];
  await run(cluster, making, "postgres", single, statements.map((one) => `${one};\n\n`).join(""));
  renameSync(making, cluster.dataDirectory);
  syncDirectory(dirname(cluster.dataDirectory));
  return true;
}

const initArguments = (cluster: Cluster, directory: string): string[] => [
  `--pgdata=${directory}`,
  "--username=postgres",
  "--auth=reject",
  "--encoding=UTF8",
  "--data-checksums",
  `--locale=${cluster.locale}`,
];

/** Runs one of the server's programs to its end with text on its standard input. */
async function run(
  cluster: Cluster,
  directory: string,
  program: string,
  args: readonly string[],
  input: string,
): Promise<void> {
  const [file = "", ...words] = clusterCommand(cluster, directory, program, args);
  const child = spawn(file, words, {
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  let output = "";
  const keep = (chunk: Buffer) => void (output = (output + chunk.toString()).slice(-8000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0 && !/^\S+ \S+ \S+ \[\d+\] (?:ERROR|FATAL)/m.test(output)) return;
  throw new Failure(
    "failed",
    `the database could not be made: ${program} ended with ${code ?? "a signal"}`,
    {
      details: output.split("\n").filter(Boolean).slice(-15),
      fix: /No space left/.test(output)
        ? "free some disk space, then run this again; nothing half done is left"
        : "see the lines above; the home has no database yet, so this can simply be run again",
    },
  );
}
